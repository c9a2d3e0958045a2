import type Docker from "dockerode";
import type { Container, ContainerCreateOptions } from "dockerode";

/** Makes a container. Left to itself, the client repeats the whole configuration in the address, and addresses end up in logs. */
export async function createContainer(
  docker: Docker,
  { name, ...config }: ContainerCreateOptions,
): Promise<Container> {
  const request = { _query: { name }, _body: config };
  return await docker.createContainer(request as unknown as ContainerCreateOptions);
}
