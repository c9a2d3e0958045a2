import { describe, test } from "vitest";
import { isPromised, requireComponent } from "../../support/components.ts";
import { findFakeInternet } from "./find-fake-internet.ts";

/** A `describe` block whose tests need a fake internet, and are given the engine's address; a skip tells why. */
export function withFakeInternet(title: string, define: (dockerHost: string) => void): void {
  describe(title, () => {
    const component = findFakeInternet();
    if (component.available) {
      define(component.address);
      return;
    }
    test("needs a fake internet", (context) => {
      requireComponent("docker", context);
      if (isPromised("fakeInternet")) throw new Error(`fakeInternet is promised here: ${component.reason}`);
      context.skip(`fakeInternet: ${component.reason}`);
    });
  });
}
