/** The image of a sandbox that names none, where neither runtime, policy nor client says otherwise. */
export const defaultImage = "python:3.11-slim";
