import { isSandboxError } from "../../src/errors/index.ts";
import type { ProbeResult } from "../../src/runtime/index.ts";
import type { Engine } from "./engine.ts";
import { engineMessage, mapEngineError } from "./errors.ts";

const deadlineMs = 5_000;
/** The API of Docker 19.03 (1.40), the oldest that has all that is used here; only the minor number has ever grown. */
const oldestApiMinor = 40;

/** Asks the engine itself: a socket that is there proves nothing. */
export async function probeEngine(engine: Engine, signal: AbortSignal | undefined): Promise<ProbeResult> {
  let where = "";
  try {
    const address = await engine.address();
    where = ` at ${address.url}`;
    const docker = await engine.docker();
    const deadline = AbortSignal.timeout(deadlineMs);
    const abortSignal = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const info: EngineInfo = await withDeadline(docker.info(), abortSignal);
    const version = await withDeadline(docker.version(), abortSignal);
    if (version.Components?.some(({ Name: name }) => name.startsWith("Podman"))) {
      return unavailable(
        `The engine${where} is Podman, which does not take a seccomp profile through its Docker API.`,
        "Use a Docker engine; nothing runs without the profile.",
      );
    }
    if (info.OSType !== undefined && info.OSType !== "linux") {
      return unavailable(
        `The engine${where} runs ${info.OSType} containers.`,
        "Switch it to Linux containers.",
      );
    }
    if (Number(version.ApiVersion.split(".")[1]) < oldestApiMinor) {
      return unavailable(
        `The engine${where} is too old (API ${version.ApiVersion}).`,
        "Update it to 19.03 or later.",
      );
    }
    return { available: true, version: info.ServerVersion ?? "unknown", details: detailsOf(info, address) };
  } catch (error) {
    if (isSandboxError(error))
      return unavailable(error.message, String(error.data.remedy ?? "See the message."));
    const { code } = error as { code?: string };
    if (code === "EACCES") {
      return unavailable(
        `The engine${where} may not be used by this user.`,
        "Add the user to the group docker.",
      );
    }
    if ((error as Error).name === "TimeoutError" || (error as Error).name === "AbortError") {
      return unavailable(
        `The engine${where} did not answer within ${deadlineMs / 1000} s.`,
        "Restart the engine.",
      );
    }
    const lost = mapEngineError(error, "reach the engine").code === "connection_lost";
    return unavailable(
      lost ? `No engine answers${where} (${code}).` : `The engine${where} failed: ${engineMessage(error)}`,
      "Start it (systemctl start docker, or Docker Desktop), or set DOCKER_HOST.",
    );
  }
}

interface EngineInfo {
  readonly OSType?: string;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly Driver?: string;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[];
}

function detailsOf(info: EngineInfo, address: { url: string; source: string }): Record<string, string> {
  const names = (info.SecurityOptions ?? []).map(
    (option) => /name=(?<name>[\w-]+)/.exec(option)?.groups?.name,
  );
  const known = (name: string) => (names.includes(name) ? "yes" : "no");
  return {
    address: address.url,
    "found by": address.source,
    system: info.OperatingSystem ?? "unknown",
    storage: info.Driver ?? "unknown",
    cgroup: info.CgroupVersion ?? "unknown",
    rootless: known("rootless"),
    "user namespaces": known("userns"),
    seccomp: known("seccomp"),
    apparmor: known("apparmor"),
  };
}

function unavailable(reason: string, remedy: string): ProbeResult {
  return { available: false, reason, remedy };
}

/** An engine that accepts the connection and then says nothing must not hold the caller. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
