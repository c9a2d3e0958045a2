import { type AttackCase, systemRuntimes } from "../attack-case.ts";
import { labSpec } from "../lab/lab.ts";
import { sandboxTarget } from "../lab/target.ts";
import { shell } from "./network-attack.ts";

/** Starts a web server that goes on in the background; ends when it answers. */
export const listenOn = (port: number) =>
  `setsid python3 -m http.server ${port} >/dev/null 2>&1 &
until curl -s --noproxy '*' -o /dev/null http://127.0.0.1:${port}/; do sleep 0.05; done`;

/** One sandbox against another. */
export const neighbourCase: AttackCase = {
  name: "neighbour",
  attack: 29,
  title: "A server in a neighbour's sandbox, by its name and addresses",
  protection: "each sandbox has a network namespace of its own",
  protectionOn: { microsandbox: "each sandbox has a kernel of its own" },
  runtimes: systemRuntimes,
  async off(lab) {
    const [one, other] = [await lab.unprotected(), await lab.connectedPlace()];
    const { address = "" } = other.link ?? {};
    await other.run(shell(listenOn(8000)));
    const { stdout } = await one.run([
      "curl",
      "-s",
      "-m",
      "5",
      "-w",
      "%{http_code}",
      "-o",
      "/dev/null",
      `http://${address}:8000/`,
    ]);
    return { succeeded: stdout === "200", seen: "the neighbour's server answered" };
  },
  async on(lab, runtime) {
    const { client } = await lab.shared(runtime);
    await using other = await client.create(labSpec(runtime, { egress: ["allowed.test"] }));
    await other.shell(listenOn(8000));
    const one = sandboxTarget(await lab.sandbox(runtime, "allowing"), runtime);
    const hosts = [other.name, `${other.name}.local`, "127.0.0.1", "127.64.0.1", lab.address];
    const calls = hosts.map(
      (host) => `curl -s -m 5 --noproxy '*' -w '%{http_code} ' -o /dev/null http://${host}:8000/`,
    );
    const { stdout } = await one.run(["sh", "-c", `${calls.join(";")}; true`]);
    const own = await other.shell(
      "curl -s --noproxy '*' -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/",
    );
    if (own.stdout !== "200") throw new Error(`the neighbour's server does not run: ${own.output}`);
    return { succeeded: stdout.includes("200"), seen: "no such host, nothing listens" };
  },
};
