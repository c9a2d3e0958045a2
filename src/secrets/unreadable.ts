/** Why a source gives no value. Its message never holds one, and it carries a cause only where that cannot hold one either. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";

  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
  }
}
