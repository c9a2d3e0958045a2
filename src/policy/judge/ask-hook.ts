/** Longer than any judgement that a command can wait for. */
const hookTimeoutMs = 5_000;

/** The reason why the platform's hook refuses; one that fails, hangs or gives no clear answer refuses too. */
export async function askHook(hook: () => unknown, timeoutMs = hookTimeoutMs): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`The policy's hook gave no answer within ${timeoutMs} ms.`), timeoutMs);
  });
  try {
    return await Promise.race([answer(hook), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function answer(hook: () => unknown): Promise<string | undefined> {
  try {
    const said = await hook();
    if (said === undefined) return undefined;
    if (typeof said !== "string")
      return "The policy's hook gave an answer that is neither a reason nor undefined.";
    return said === "" ? "The policy's hook refused the command." : said;
  } catch (error) {
    return `The policy's hook failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
