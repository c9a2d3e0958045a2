import { join } from "node:path";

/** Debian packages that running the machine takes → a program of each. */
export const qemuPackages = { "qemu-system-x86": "qemu-system-x86_64", "util-linux": "setpriv" };

/**
 * A processor with the virtualization of AMD, which KVM in the machine then offers; without the wide registers, whose state
 * costs much to emulate.
 */
const processor = "qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt";

/**
 * `panic=-1` reboots at once, which with `-no-reboot` ends the emulator. With `nohz=off highres=off` the timer ticks all the time: an interrupt that
 * comes while a guest is left can be lost in this emulation, and a timer that is set for one moment alone then never wakes the machine again.
 */
const kernelArguments = [
  "console=ttyS0",
  "loglevel=4",
  "mitigations=off",
  "nopti",
  "nokaslr",
  "tsc=reliable",
  "panic=-1",
  "nowatchdog",
  "nohz=off",
  "highres=off",
  "net.ifnames=0",
];

/**
 * The arguments of an emulated machine whose output port is the emulator's stdout. It has one processor, because under load
 * a second one makes the kernel panic, and a disk that forgets what is written.
 */
export function qemuArguments({ files, sources, control, kernelLog, monitor, memoryMib }) {
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-monitor", `unix:${monitor},server=on,wait=off`],
    ...["-accel", "tcg,thread=multi,tb-size=1024", "-machine", "q35", "-cpu", processor],
    ...["-smp", "1", "-m", `${memoryMib}M`],
    ...["-kernel", join(files, "kernel"), "-initrd", join(files, "initial-disk")],
    ...["-append", kernelArguments.join(" ")],
    ...["-chardev", `file,id=kernel,path=${kernelLog}`, "-serial", "chardev:kernel"],
    ...["-device", "virtio-serial-pci", "-chardev", "stdio,id=output,signal=off"],
    ...["-device", "virtserialport,chardev=output,name=output"],
    ...["-drive", `file=${join(files, "disk")},format=raw,if=none,id=root,snapshot=on,cache=unsafe`],
    ...["-device", "virtio-blk-pci,drive=root"],
    ...["-drive", `file=${sources},format=raw,if=none,id=sources,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=sources"],
    ...["-virtfs", `local,path=${control},mount_tag=control,security_model=none`],
    ...["-netdev", "user,id=network,restrict=on", "-device", "virtio-net-pci,netdev=network,romfile="],
    ...["-device", "virtio-rng-pci"],
  ];
}
