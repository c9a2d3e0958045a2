// Makes a microVM with egress, prints its name, and waits to be killed. It ends with its stdin too.
import { microsandboxRuntime } from "../../../runtimes/microsandbox/index.ts";
import { FakeGateway, saying } from "../../runtimes/docker/support/fake-gateway.ts";
import { testSpec } from "../../support/run-command.ts";

process.stdin.resume().once("end", () => process.exit());
const gateway = new FakeGateway();
gateway.servers.set("allowed.test:80", saying("hello"));
const [namespace = ""] = process.argv.slice(2);
const sandbox = await microsandboxRuntime({ namespace }).create(testSpec({ gateway }));
console.log(sandbox.name);
