/** The image of a sandbox that names none. */
export const defaultImage = "python:3.11-slim";
