import type { Clause } from "./clause.ts";
import { backgroundClauses } from "./clauses/background.ts";
import { cancellationClauses } from "./clauses/cancellation.ts";
import { capClauses } from "./clauses/caps.ts";
import { concurrencyClauses } from "./clauses/concurrency.ts";
import { egressClauses } from "./clauses/egress.ts";
import { encodingClauses } from "./clauses/encodings.ts";
import { execArgumentClauses } from "./clauses/exec-arguments.ts";
import { execEnvironmentClauses } from "./clauses/exec-environment.ts";
import { execResultClauses } from "./clauses/exec-results.ts";
import { execYieldClauses } from "./clauses/exec-yield.ts";
import { fileContentClauses } from "./clauses/files-content.ts";
import { fileFolderClauses } from "./clauses/files-folders.ts";
import { fileNameClauses } from "./clauses/files-names.ts";
import { invalidArgumentClauses } from "./clauses/invalid-arguments.ts";
import { labelClauses } from "./clauses/labels.ts";
import { lifecycleCancelClauses } from "./clauses/lifecycle-cancel.ts";
import { lifecycleClientClauses } from "./clauses/lifecycle-client.ts";
import { lifecycleCreateClauses } from "./clauses/lifecycle-create.ts";
import { lifecycleListClauses } from "./clauses/lifecycle-list.ts";
import { lifecycleOneShotClauses } from "./clauses/lifecycle-one-shot.ts";
import { lifecycleRemoveClauses } from "./clauses/lifecycle-remove.ts";
import { lifecycleStopClauses } from "./clauses/lifecycle-stop.ts";
import { observationClauses } from "./clauses/observation.ts";
import { outputCapClauses } from "./clauses/output-cap.ts";
import { ownerClauses } from "./clauses/owners.ts";
import { processTreeClauses } from "./clauses/process-trees.ts";
import { pythonClauses } from "./clauses/python.ts";
import { refusalClauses } from "./clauses/refusals.ts";
import { shellClauses } from "./clauses/shell.ts";
import { snapshotClauses } from "./clauses/snapshots.ts";
import { stdinClauses } from "./clauses/stdin.ts";
import { streamClauses } from "./clauses/streams.ts";
import { takeOverClauses } from "./clauses/take-over.ts";
import { timeoutClauses } from "./clauses/timeouts.ts";
import { transferClauses } from "./clauses/transfers.ts";
import { writePathClauses } from "./clauses/write-paths.ts";

/** The whole suite, in a sensible order to read and to run. */
export const conformanceClauses: readonly Clause[] = Object.freeze([
  ...lifecycleCreateClauses,
  ...lifecycleListClauses,
  ...lifecycleRemoveClauses,
  ...lifecycleStopClauses,
  ...lifecycleClientClauses,
  ...lifecycleCancelClauses,
  ...lifecycleOneShotClauses,
  ...labelClauses,
  ...invalidArgumentClauses,
  ...refusalClauses,
  ...egressClauses,
  ...execArgumentClauses,
  ...execResultClauses,
  ...execEnvironmentClauses,
  ...execYieldClauses,
  ...shellClauses,
  ...pythonClauses,
  ...streamClauses,
  ...stdinClauses,
  ...encodingClauses,
  ...outputCapClauses,
  ...timeoutClauses,
  ...cancellationClauses,
  ...backgroundClauses,
  ...processTreeClauses,
  ...capClauses,
  ...fileContentClauses,
  ...fileNameClauses,
  ...fileFolderClauses,
  ...transferClauses,
  ...writePathClauses,
  ...concurrencyClauses,
  ...observationClauses,
  ...snapshotClauses,
  ...takeOverClauses,
  ...ownerClauses,
]);
