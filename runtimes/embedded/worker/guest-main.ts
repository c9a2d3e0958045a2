import { waitForChange } from "./wait-for-change.ts";

/** What every thread of the interpreter begins with; its own file is the first argument. */
waitForChange();
await import(process.argv[2] ?? "");
