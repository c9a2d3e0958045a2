import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { say } from "./lib/log.mjs";

await install();
await build();
say("build", "dist/ is up to date");
