import type { ComplianceOutcome, ComplianceRule, RuleSet } from "./compliance-report.ts";
import type { SandboxFacts } from "./sandbox-facts.ts";

const passIf = (holds: (facts: SandboxFacts) => boolean) => (facts: SandboxFacts) =>
  holds(facts) ? "pass" : "fail";

/** A control that the host decides: it passes where it is known to be there, and is left open where nobody here can tell. */
const known = (value: boolean | undefined): ComplianceOutcome => {
  if (value === undefined) return "not-applicable";
  return value ? "pass" : "fail";
};
const always = (outcome: ComplianceOutcome) => () => outcome;

const sensitive = /^\/($|boot($|\/)|dev($|\/)|etc($|\/)|lib($|\/)|proc($|\/)|sys($|\/)|usr($|\/))/;

/** KILL alone can do nothing to another user namespace's or container's processes, so it is not counted against 5.4. */
const harmless = ["KILL"];

const rules: readonly ComplianceRule[] = [
  {
    id: "5.1",
    title: "Swarm mode is not enabled, if not needed",
    check: always("not-applicable"),
    remedy: "A setting of the host: see `docker info`.",
  },
  {
    id: "5.2",
    title: "An AppArmor profile is enabled, if applicable",
    check: ({ appArmor }) => known(appArmor),
    remedy: "The host decides: load the docker-default profile.",
  },
  {
    id: "5.3",
    title: "SELinux security options are set, if applicable",
    check: ({ selinux }) => known(selinux),
    remedy: "The host decides: run the engine with --selinux-enabled.",
  },
  {
    id: "5.4",
    title: "Linux kernel capabilities are restricted",
    check: passIf(({ capabilities }) => capabilities.every((capability) => harmless.includes(capability))),
    remedy: 'Use the profile "restricted".',
  },
  {
    id: "5.5",
    title: "Privileged containers are not used",
    check: passIf(({ privileged }) => !privileged),
    remedy: "Do not run it privileged.",
  },
  {
    id: "5.6",
    title: "Sensitive directories of the host are not mounted",
    check: passIf(({ hostMounts }) => !hostMounts.some((folder) => sensitive.test(folder))),
    remedy: "Copy what is needed in instead.",
  },
  {
    id: "5.7",
    title: "sshd is not run within containers",
    check: ({ publishedPorts }) => (publishedPorts.includes(22) ? "fail" : "pass"),
    remedy: "Run commands through exec.",
  },
  {
    id: "5.8",
    title: "Privileged ports are not mapped",
    check: passIf(({ publishedPorts }) => publishedPorts.every((port) => port >= 1024)),
    remedy: "Publish ports from 1024 on.",
  },
  {
    id: "5.9",
    title: "Only needed ports are open",
    check: ({ publishedPorts }) => (publishedPorts.length === 0 ? "pass" : "not-applicable"),
    remedy: "Look at each published port; a person decides whether it is needed.",
  },
  {
    id: "5.10",
    title: "The host's network namespace is not shared",
    check: passIf(({ network }) => network !== "host"),
    remedy: "Give it no network, or one of its own.",
  },
  {
    id: "5.11",
    title: "Memory is limited",
    check: passIf(({ memoryMib }) => memoryMib !== undefined),
    remedy: "Set memoryMib.",
  },
  {
    id: "5.12",
    title: "CPU priority is set",
    check: passIf(({ cpus }) => cpus !== undefined),
    remedy: "Set cpus.",
  },
  {
    id: "5.13",
    title: "The root file system is mounted read-only",
    check: passIf(({ readOnlyRoot }) => readOnlyRoot),
    remedy: 'Use the profile "restricted".',
  },
  {
    id: "5.14",
    title: "Incoming traffic is bound to a specific interface",
    check: ({ publishedPorts }) => (publishedPorts.length === 0 ? "pass" : "not-applicable"),
    remedy: "Bind published ports to one address.",
  },
  {
    id: "5.15",
    title: "The restart policy is not always",
    check: passIf(({ restartPolicy }) => restartPolicy !== "always"),
    remedy: "Restart on failure, five times at most, or not at all.",
  },
  {
    id: "5.16",
    title: "The host's process namespace is not shared",
    check: passIf(({ hostNamespaces }) => !hostNamespaces.includes("pid")),
    remedy: "Give it a process namespace of its own.",
  },
  {
    id: "5.17",
    title: "The host's IPC namespace is not shared",
    check: passIf(({ hostNamespaces }) => !hostNamespaces.includes("ipc")),
    remedy: "Give it an IPC namespace of its own.",
  },
  {
    id: "5.18",
    title: "Devices of the host are not exposed",
    check: passIf(({ devices }) => devices.length === 0),
    remedy: "Expose no device.",
  },
  {
    id: "5.19",
    title: "The default ulimit is overwritten if needed",
    check: passIf(({ openFiles }) => openFiles !== undefined),
    remedy: "Set openFiles.",
  },
  {
    id: "5.20",
    title: "Mount propagation is not shared",
    check: passIf(({ sharedPropagation }) => !sharedPropagation),
    remedy: "Mount private.",
  },
  {
    id: "5.21",
    title: "The host's UTS namespace is not shared",
    check: passIf(({ hostNamespaces }) => !hostNamespaces.includes("uts")),
    remedy: "Give it a UTS namespace of its own.",
  },
  {
    id: "5.22",
    title: "The default seccomp profile is not disabled",
    check: passIf(({ seccomp }) => seccomp !== "unconfined"),
    remedy: "Run it under the engine's profile or a stricter one.",
  },
  {
    id: "5.23",
    title: "docker exec is not used with the privileged option",
    check: passIf(({ privilegedExec }) => !privilegedExec),
    remedy: "Do not run commands privileged.",
  },
  {
    id: "5.24",
    title: "docker exec is not used with user=root",
    check: passIf(({ runsAsRoot }) => !runsAsRoot),
    remedy: 'Use the profile "restricted", and grant no `users`.',
  },
  {
    id: "5.25",
    title: "Cgroup usage is confirmed",
    check: passIf(({ customCgroup }) => !customCgroup),
    remedy: "Leave the parent cgroup to the engine.",
  },
  {
    id: "5.26",
    title: "Additional privileges cannot be acquired",
    check: passIf(({ noNewPrivileges }) => noNewPrivileges),
    remedy: "Set no-new-privileges.",
  },
  {
    id: "5.27",
    title: "Container health is checked at runtime",
    check: ({ healthCheck }) => (healthCheck ? "pass" : "not-applicable"),
    remedy: "A sandbox serves nobody who would need to know; its life is bounded by its ttl.",
  },
  {
    id: "5.28",
    title: "Commands always use the latest version of their image",
    check: ({ imageByDigest }) => (imageByDigest ? "pass" : "not-applicable"),
    remedy: "Name the image by its digest, so that what runs is what was reviewed.",
  },
  {
    id: "5.29",
    title: "The PIDs cgroup limit is used",
    check: passIf(({ pids }) => pids !== undefined),
    remedy: "Set pids.",
  },
  {
    id: "5.30",
    title: "The default bridge docker0 is not used",
    check: passIf(({ network }) => network !== "bridge"),
    remedy: "Give it no network, or one of its own.",
  },
  {
    id: "5.31",
    title: "The host's user namespace is not shared",
    check: passIf(({ hostNamespaces }) => !hostNamespaces.includes("user")),
    remedy: "Do not set userns=host where the engine remaps users.",
  },
  {
    id: "5.32",
    title: "The Docker socket is not mounted",
    check: passIf(
      ({ hostMounts }) =>
        !hostMounts.some(
          (path) => path.endsWith("docker.sock") || path === "/" || /^\/(var\/)?run\/?$/.test(path),
        ),
    ),
    remedy: "Never mount the engine's socket.",
  },
];

/**
 * Section 5, container runtime, of the CIS Docker Benchmark, numbered as in version 1.6.0 (and docker-bench-security 1.6.0). Its items
 * are told in our words. What only the host or a person can decide is `not-applicable` with what to look at.
 */
export const cisDockerRuleSet: RuleSet = Object.freeze({
  name: "CIS Docker Benchmark, section 5",
  version: "1.6.0",
  rules: Object.freeze(rules),
});
