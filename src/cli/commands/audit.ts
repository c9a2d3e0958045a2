import { Command } from "commander";
import type { ActionContext, Choose, RawOptions } from "../action.ts";
import { collect } from "../options/declare-sandbox-options.ts";
import { examples } from "./examples.ts";

export function auditCommand(choose: Choose): Command {
  const audit = new Command("audit")
    .description("Search, count, verify or follow an audit log.")
    .usage("query|stats|verify|tail --file <path> …")
    .enablePositionalOptions();
  const add = (command: Command, act: (context: ActionContext, options: RawOptions) => Promise<number>) => {
    command.requiredOption("--file <path>", "the audit log; its rotated files are found");
    command.action((own: RawOptions) => {
      const options = { ...audit.opts(), ...own };
      choose((context) => act(context, options), options);
    });
    audit.addCommand(command);
  };
  add(queryCommand(), async (context, options) =>
    (await import("../actions/audit-query.ts")).queryAuditLog(context, { options }),
  );
  add(statsCommand(), async (context, options) =>
    (await import("../actions/audit-stats.ts")).auditStats(context, { options }),
  );
  add(verifyCommand(), async (context, options) =>
    (await import("../actions/audit-verify.ts")).verifyAuditLog(context, { options }),
  );
  add(tailCommand(), async (context, options) =>
    (await import("../actions/audit-tail.ts")).tailAuditLog(context, { options }),
  );
  return audit.addHelpText(
    "after",
    examples(
      "ctx-sandbox audit query --file audit.jsonl --session s1 --type egress.denied --from 1h",
      "ctx-sandbox audit stats --file audit.jsonl --from 2026-01-01",
      "ctx-sandbox audit verify --file audit.jsonl --key-file audit.key",
      "ctx-sandbox audit tail --file audit.jsonl -f",
    ),
  );
}

function queryCommand(): Command {
  return declareFilter(new Command("query").description("Show the newest events that fit, newest first."))
    .option("--limit <count>", "the most events to show, up to 10000 (default: 100)")
    .option("--after <cursor>", "go on where a page ended: its `next`");
}

function statsCommand(): Command {
  return declareFilter(
    new Command("stats").description("Count the events that fit, by type, severity and outcome."),
  );
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("Check that the log is as it was written: nothing edited, cut, reordered or inserted.")
    .option("--key-file <path>", "file with the key that the log was written with")
    .addHelpText("after", "\nExit code: 0 when the log is whole, 65 when it is not.");
}

function tailCommand(): Command {
  return new Command("tail")
    .description("Show the end of the log.")
    .option("--lines <count>", "how many events (default: 10)")
    .option("-f, --follow", "go on with what comes, through rotations");
}

/** --tenant and --agent are options of every command. */
function declareFilter(command: Command): Command {
  return command
    .option("--session <name>", "only of this session; --tenant and --agent choose likewise")
    .option("--user <name>", "only of this person")
    .option("--sandbox <name>", "only of this sandbox")
    .option("--type <type>", "only of this type, such as exec.finished; repeatable", collect)
    .option("--severity <severity>", "info, warning or error")
    .option("--outcome <outcome>", "ok, denied or failed")
    .option("--from <moment>", "at this moment or later: ISO 8601, or so long ago, such as 90s, 1h or 7d")
    .option("--to <moment>", "before this moment");
}
