/** `Promise.all` that waits for every promise also when one rejects, so that nothing goes on behind the caller's back. */
export async function settleAll(promises) {
  const outcomes = await Promise.allSettled(promises);
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return outcomes.map(({ value }) => value);
}
