import type { CreateOptions, RuntimeSpec } from "../../src/runtime/index.ts";
import type { PreparedImage } from "./image.ts";
import { type StoredRecord, vendorLabels, vendorName } from "./labels.ts";
import type { ResolvedMicrosandboxOptions } from "./microsandbox-options.ts";
import type { Sdk, VendorSandbox } from "./sdk.ts";

/** The whole configuration of a microVM in one place: no network device, no port, no share with the host. */
export async function createVirtualMachine(
  sdk: Sdk,
  spec: RuntimeSpec,
  record: StoredRecord,
  image: PreparedImage,
  { namespace, overheadMib }: ResolvedMicrosandboxOptions,
  options: CreateOptions,
): Promise<VendorSandbox> {
  const { caps } = spec;
  const builder = sdk.Sandbox.builder(vendorName(namespace, spec.name))
    .cpus(Math.max(1, Math.ceil(caps.cpus)))
    .memory(caps.memoryMib + overheadMib)
    .security("default")
    .disableNetwork()
    .detached(true)
    .quietLogs()
    .disableMetricsSample()
    .labels(vendorLabels(namespace, record));
  options.onProgress?.({ phase: "start", name: spec.name });
  return await image.create(image.apply(builder));
}
