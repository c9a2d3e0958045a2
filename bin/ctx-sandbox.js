#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";

const oldestNode = [22, 12];
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  process.stderr.write(
    `ctx-sandbox: Node ${oldestNode.join(".")} or newer is needed, but this is Node ${process.versions.node}. ` +
      "Install a newer one from https://nodejs.org and run the command again.\n",
  );
  process.exit(1);
}

const entry = new URL("../dist/src/cli/main.js", import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write(
    "ctx-sandbox: the package is not built (dist is missing); run `npm run build` first.\n",
  );
  process.exit(1);
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const { main } = await import(entry.href);
await main(process.argv.slice(2), { version });
