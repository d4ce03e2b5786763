// @ts-check
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';

/**
 * What Python is told to execute the lecture's notebooks in their order.
 * @param {string} output the folder for what is executed
 * @param {Record<string, Record<string, unknown>>} [parameters] values for the notebooks' parameter
 *   cells, by notebook
 */
export function runnerArguments(output, parameters = {}) {
  const notebooks = readdirSync(PATHS.notebooks)
    .filter((file) => file.endsWith('.ipynb'))
    .sort()
    .map((file) => path.join(PATHS.notebooks, file));
  return [
    PATHS.runNotebooks,
    '--output',
    output,
    '--logs',
    PATHS.logs,
    '--parameters',
    JSON.stringify(parameters),
    ...notebooks,
  ];
}
