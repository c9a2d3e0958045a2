import { afterAll, beforeAll, describe, test } from "vitest";
import { allChecks } from "./checks/index.ts";
import { type RunningLab, startLab } from "./lab/start-lab.ts";
import { withFakeInternet } from "./support/with-fake-internet.ts";

withFakeInternet("what leaves a sandbox", (address) => {
  // One after another: some count every packet that leaves.
  describe("in a lab of its own", { timeout: 300_000 }, () => {
    let lab: RunningLab | undefined;
    beforeAll(async () => {
      lab = await startLab(address);
    });
    afterAll(() => lab?.close());
    test.each([...allChecks])("$name: $title", async ({ name }) => {
      if (lab === undefined) throw new Error("there is no lab");
      await lab.check(name);
    });
  });
});
