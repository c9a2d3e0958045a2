import { describe, type TestContext, test } from "vitest";

/** A DOCKER_HOST at which nothing answers: as it is on a machine without an engine. */
export const noEngine = "unix:///nowhere/docker.sock";

/** An environment in which no microVM can be had: no socket fits into a folder with so long a name. */
export const noMicrovms = { MSB_HOME: `/nowhere/${"long".repeat(25)}` };

/** What a test may need beyond the npm packages. */
export type ComponentName = "docker" | "fakeInternet" | "microvm";

/** A component that is there, with the address at which it answers, or the reason why it is not. */
export type Component =
  | { readonly available: true; readonly address: string }
  | { readonly available: false; readonly reason: string };

/**
 * Looks a component up in the environment that the test command has set: `CTX_SANDBOX_TEST_<NAME>` is its address,
 * `CTX_SANDBOX_TEST_<NAME>_MISSING` the reason why there is none.
 */
export function findComponent(name: ComponentName): Component {
  const variable = `CTX_SANDBOX_TEST_${name.toUpperCase()}`;
  const address = process.env[variable];
  if (address !== undefined && address !== "") return { available: true, address };
  const reason = process.env[`${variable}_MISSING`] ?? `${variable} is not set; \`npm test\` sets it`;
  return { available: false, reason };
}

/** Whether the environment promises the component (`CTX_SANDBOX_PROMISED` lists names): a skip is then a failure. */
export function isPromised(name: ComponentName): boolean {
  return (process.env.CTX_SANDBOX_PROMISED ?? "").split(",").includes(name);
}

/**
 * The address of a component that the running test needs. Where it is missing, the test is skipped with the reason; where
 * it is missing although it is promised, the test fails.
 */
export function requireComponent(name: ComponentName, { skip }: Pick<TestContext, "skip">): string {
  const component = findComponent(name);
  if (component.available) return component.address;
  if (isPromised(name)) throw new Error(`${name} is promised here, but it is missing: ${component.reason}`);
  return skip(`${name}: ${component.reason}`);
}

/** A `describe` block whose tests all need a component, and are given its address; see {@link requireComponent}. */
export function describeWith(name: ComponentName, title: string, define: (address: string) => void): void {
  const component = findComponent(name);
  describe(title, () => {
    if (component.available) define(component.address);
    else test(`needs ${name}`, (context) => void requireComponent(name, context));
  });
}
