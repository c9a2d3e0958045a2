import { dockerRuntime } from "../../../../runtimes/docker/index.ts";
import { testSpec } from "../../../support/run-command.ts";
import { FakeGateway, saying } from "./fake-gateway.ts";

// Makes a sandbox with egress, says its name and waits to be killed.
const [host = "", namespace = ""] = process.argv.slice(2);
const gateway = new FakeGateway();
gateway.servers.set("allowed.test:80", saying("hello"));
const runtime = dockerRuntime({ host, namespace });
const sandbox = await runtime.create(testSpec({ gateway }));
console.log(sandbox.name);
setInterval(() => {}, 1000);
