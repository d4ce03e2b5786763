/** The error for a file or folder that could not be written: which, why, and what to do. */
export function unwritable(path: string, cause: unknown): Error {
  return new Error(
    `${path} could not be written: ${(cause as Error).message}. See that there is room and that the place may be written to, or choose another; then try again`,
    { cause },
  );
}
