/**
 * Thrown when a step does something that a graph cannot repeat faithfully. The message names the
 * operation and the line of the step.
 */
export class UnsupportedStepError extends Error {
  override name = 'UnsupportedStepError';
}

/** A refusal whose message ends with the line of the caller's own code. */
export function refusal(message: string, at: Error = new Error()): UnsupportedStepError {
  const line = callerLine(at);
  return new UnsupportedStepError(line === undefined ? message : `${message}\n  at ${line}`);
}

/** The innermost stack line that belongs neither to a package nor to this library. */
function callerLine(error: Error): string | undefined {
  const lines = (error.stack ?? '').split('\n').slice(1);
  return lines
    .map((line) => line.trim().replace(/^at /, ''))
    .find(
      (line) =>
        !line.includes('node_modules') &&
        // The packages' source maps name files that are not installed.
        !/\/tfjs-[\w-]+\/src\//.test(line) &&
        !line.includes('node:internal') &&
        !ownFolders.some((folder) => line.includes(folder)) &&
        !line.startsWith('new Promise') &&
        line.includes(':'),
    );
}

/** Where this library runs, and where its source maps say it comes from. */
const ownFolders = [
  __dirname.replace(/record$/, ''),
  __dirname.replace(/record$/, '').replace(/([\\/])dist([\\/])/, '$1'),
];
