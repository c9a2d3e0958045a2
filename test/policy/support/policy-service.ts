import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** One question that the service was asked. */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly input: Record<string, unknown> };
}

/** A server that speaks the REST API of the Open Policy Agent as far as one document goes; ends with the running test. */
export async function startPolicyService(
  answer: (question: Question, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly questions: readonly Question[] }> {
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const question = { method, url, headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
    questions.push(question);
    answer(question, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, questions };
}
