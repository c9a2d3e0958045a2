import { inProject } from "../project.mjs";
import { attackTable, observationTable } from "./attack-table.mjs";
import { renderTable } from "./render-table.mjs";

const load = (path) => import(inProject("dist", path));

/** What is generated, by the name that stands in the pages' markers. Each gives Markdown, made from the built package. */
export const blocks = {
  /** The attacks of test/security, and what was seen. */
  "attack-observations": async () => observationTable(),
  attacks: async () => attackTable(),

  /** Every error code. */
  async errors() {
    const { errorCodes } = await load("src/errors/index.js");
    const rows = Object.entries(errorCodes).map(([code, facts]) => [
      `\`${code}\``,
      facts.meaning,
      facts.remedy,
      yesOrNo(facts.retryable),
      facts.httpStatus,
      facts.exitCode,
    ]);
    return renderTable(
      ["code", "what happened", "what to do", "retryable", "HTTP status", "exit code"],
      rows,
    );
  },

  /** Every capability, its default, and what follows where it is missing. */
  async "capability-meanings"() {
    const { capabilityTable } = await load("src/runtime/index.js");
    const rows = Object.entries(capabilityTable).map(([name, facts]) => [
      `\`${name}\``,
      facts.meaning,
      showValue(facts.default),
      facts.without,
    ]);
    return renderTable(["capability", "meaning", "default", "where it is missing"], rows);
  },

  /** What each runtime can do and enforce. */
  async capabilities() {
    const { capabilityTable } = await load("src/runtime/index.js");
    const { dockerRuntime } = await load("runtimes/docker/index.js");
    const { embeddedRuntime } = await load("runtimes/embedded/index.js");
    const { microsandboxRuntime } = await load("runtimes/microsandbox/index.js");
    const runtimes = [microsandboxRuntime(), dockerRuntime(), embeddedRuntime()];
    const rows = Object.entries(capabilityTable).map(([name, { meaning }]) => [
      `\`${name}\``,
      meaning,
      ...runtimes.map(({ capabilities }) => showValue(capabilities[name])),
    ]);
    return renderTable(["capability", "meaning", ...runtimes.map(({ name }) => name)], rows);
  },

  /** Every field of a policy document. */
  async "policy-fields"() {
    const { policyFields } = await load("src/policy/index.js");
    const rows = policyFields().map(({ path, meaning, type, default: standard }) => [
      `\`${path}\``,
      meaning,
      type,
      standard === undefined ? "" : `\`${standard}\``,
    ]);
    return renderTable(["field", "meaning", "type", "default"], rows);
  },

  /** Every code of a violation. */
  async "violation-codes"() {
    const { violationCodes } = await load("src/policy/index.js");
    const rows = Object.entries(violationCodes).map(([code, meaning]) => [`\`${code}\``, meaning]);
    return renderTable(["code", "what is refused"], rows);
  },

  /** The items of the compliance rules. */
  async "cis-docker"() {
    const { cisDockerRuleSet } = await load("src/policy/index.js");
    return cisDockerRuleSet.rules
      .map(({ id, title }) => `${id} ${title}`)
      .join("; ")
      .concat(".");
  },
};

function showValue(value) {
  if (typeof value === "boolean") return yesOrNo(value);
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.join(", ");
  return value === "image" ? "the image's" : value;
}

function yesOrNo(value) {
  return value ? "yes" : "no";
}
