/** What the machine is made of, beside the npm packages of package-lock.json and the image of the tests. */
export const recipe = {
  suite: "bookworm",
  variant: "minbase",
  packages: [
    "ca-certificates",
    "curl",
    "git",
    "iproute2",
    "kmod",
    "libcap-ng0",
    "procps",
    "python-is-python3",
    "python3",
    "util-linux",
  ],
  leftOut: ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*"],
  kernelPackage: "linux-image-amd64",
  /** What finds the root disk; the packages of Debian's cloud kernel lack some of the others. */
  bootModules: ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"],
  modules: [
    "9p",
    "9pnet_virtio",
    "fuse",
    "kvm_amd",
    "overlay",
    "tun",
    "veth",
    "virtio_console",
    "virtio_net",
    "virtio_rng",
  ],
  /** npm packages that only check and publish the project. */
  unneededPackages: ["@arethetypeswrong", "@biomejs", "@typescript", "node", "publint"],
  diskSizeGib: 12,
};

/** What building takes on the host: Debian package → a program of it. */
export const buildPackages = {
  "busybox-static": "busybox",
  cpio: "cpio",
  e2fsprogs: "mke2fs",
  kmod: "depmod",
  mmdebstrap: "mmdebstrap",
};

/** Where the things of the machine lie in it. */
export const places = {
  node: "/opt/node/bin",
  nodeModules: "/opt/node_modules",
  microsandboxHome: "/root/.microsandbox",
  imageFolder: "/images/python-slim",
  imageDisk: "/images/python-slim.ext4",
  init: "/sbin/machine-init",
};
