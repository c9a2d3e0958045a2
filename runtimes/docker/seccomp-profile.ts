/**
 * Our own seccomp profile: what an ordinary program needs and nothing else, the same on every engine. Engines differ
 * here: the built-in profile of Docker 20.10 still lets AF_VSOCK, AF_ALG and io_uring through. Compared with the current
 * default of moby (github.com/moby/profiles, seccomp/default.json) it is narrower in three places: only the native architecture
 * (32-bit calls would pass the argument filters by), four socket families, and nothing that needs a capability.
 */
const allowed: Readonly<Record<string, string>> = {
  files: `access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock
    fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl
    lchown lchown32 link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat newfstatat open openat openat2
    pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2
    rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range sync_file_range2
    arm_sync_file_range arm_fadvise64_64 syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat
    utimensat_time64 utimes vmsplice write writev cachestat`,
  attributes: `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  events: `epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch
    inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64
    io_setup io_submit _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4
    timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`,
  memory: `brk madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap
    mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  processes: `arch_prctl alarm capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32
    getgid getgid32 getgroups getgroups32 getitimer getpgid getpgrp getpid getppid getpriority getresgid getresgid32
    getresuid getresuid32 getrlimit getrusage getsid get_thread_area gettid getuid getuid32 ioprio_get ioprio_set kill
    landlock_add_rule landlock_create_ruleset landlock_restrict_self pause pidfd_open pidfd_send_signal prctl prlimit64
    process_mrelease process_vm_readv process_vm_writev ptrace restart_syscall rseq rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
    sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
    sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler
    sched_yield seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid
    setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit
    set_robust_list get_robust_list setsid set_thread_area set_tid_address setuid setuid32 sigaltstack sigprocmask sigreturn
    set_tls cacheflush tgkill times tkill ugetrlimit vfork wait4 waitid waitpid riscv_flush_icache riscv_hwprobe
    swapcontext`,
  threads: "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake",
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64
    recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair`,
  ipc: `mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  time: `clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 gettimeofday
    nanosleep time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64`,
  system: "getrandom sysinfo uname",
};

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (which getifaddrs needs); numbers from linux/socket.h. */
const socketFamilies = [1, 2, 10, 16];

/** Execution domains of ordinary programs and of `setarch -R`; numbers from linux/personality.h. */
const personalities = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

/** All CLONE_NEW… flags of linux/sched.h but CLONE_NEWTIME, which clone cannot take. */
const cloneNamespaceFlags = 0x7e020000;

/** ENOSYS: programs then fall back from clone3, whose flags no filter can read, to clone. */
const functionNotImplemented = 38;

const architectures = ["X86_64", "AARCH64", "RISCV64", "PPC64LE", "LOONGARCH64"];

/** The profile as the JSON text that the engine's API takes in `HostConfig.SecurityOpt`. */
export function seccompProfile(): string {
  const names = Object.values(allowed).flatMap((group) => group.split(/\s+/));
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1,
    archMap: architectures.map((name) => ({ architecture: `SCMP_ARCH_${name}`, subArchitectures: null })),
    syscalls: [
      { names, action: "SCMP_ACT_ALLOW" },
      ...socketFamilies.map((family) => allowWhen("socket", { value: family, op: "SCMP_CMP_EQ" })),
      ...personalities.map((value) => allowWhen("personality", { value, op: "SCMP_CMP_EQ" })),
      allowWhen("clone", { value: cloneNamespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: functionNotImplemented },
    ],
  });
}

function allowWhen(name: string, firstArgument: { value: number; valueTwo?: number; op: string }) {
  return { names: [name], action: "SCMP_ACT_ALLOW", args: [{ index: 0, ...firstArgument }] };
}
