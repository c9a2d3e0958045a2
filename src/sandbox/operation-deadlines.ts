/**
 * How long the client waits for one call to the runtime before it gives up with `deadline_exceeded`, in milliseconds.
 * They are there for a runtime that hangs; a healthy one is never near them.
 */
export interface OperationDeadlines {
  /** Includes the pull of an image. */
  readonly createMs: number;
  readonly attachMs: number;
  readonly listMs: number;
  readonly inspectMs: number;
  /** Until a command is started; how long it may run is `timeoutMs`. */
  readonly spawnMs: number;
  /** Sending a signal to a running command. */
  readonly signalMs: number;
  /** On top of the grace. */
  readonly stopMs: number;
  readonly killMs: number;
  readonly startMs: number;
  readonly destroyMs: number;
  readonly extendMs: number;
  /** Includes the stop and the start of a running sandbox. */
  readonly snapshotMs: number;
  readonly statsMs: number;
  /** For logs that are not followed. */
  readonly logsMs: number;
  /** One write to a file of our own in the sandbox: a long script, saved output. */
  readonly writeMs: number;
  /** One small operation on files. */
  readonly filesMs: number;
  /** How long a transfer of files, which may be of any length, may stand still on the runtime's side. */
  readonly transferStallMs: number;
  readonly sweepMs: number;
  readonly closeMs: number;
  /** What a call that was stopped (deadline, cancel, timeout, kill) may take to clean up before the caller is answered. */
  readonly settleMs: number;
  /** How long the output of a command that has ended may stay open without giving anything, before it counts as ended too. */
  readonly quietOutputMs: number;
  /** How long output may stay unread once wait() was called, before it is dropped so that the command can end. */
  readonly unreadOutputMs: number;
}

/** The deadlines that hold unless others are given. */
export const defaultDeadlines: OperationDeadlines = Object.freeze({
  createMs: 600_000,
  attachMs: 30_000,
  listMs: 60_000,
  inspectMs: 30_000,
  spawnMs: 60_000,
  signalMs: 30_000,
  stopMs: 30_000,
  killMs: 30_000,
  startMs: 120_000,
  destroyMs: 120_000,
  extendMs: 30_000,
  snapshotMs: 300_000,
  statsMs: 30_000,
  logsMs: 60_000,
  writeMs: 60_000,
  filesMs: 60_000,
  transferStallMs: 120_000,
  sweepMs: 120_000,
  closeMs: 30_000,
  settleMs: 4_000,
  quietOutputMs: 10_000,
  unreadOutputMs: 30_000,
});
