// @ts-check
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';

const ENDING = '.ipynb';

/** The lecture's notebooks in their order, without the ending of the files. */
export function notebookNames() {
  return readdirSync(PATHS.notebooks)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => path.basename(file, ENDING));
}

/** @param {string} name */
export const notebookFile = (name) => path.join(PATHS.notebooks, name + ENDING);

/**
 * The notebooks that a user names, by number, name or path, in the lecture's order.
 * @param {readonly string[]} names
 * @returns {string[]}
 * @throws Problem for a name that no notebook has, with those that there are
 */
export function namedNotebooks(names) {
  const all = notebookNames();
  const chosen = names.map((name) => {
    const wanted = path.basename(name, ENDING);
    const found = all.find(
      (each) => each === wanted || each.split('-', 1)[0] === wanted.padStart(2, '0'),
    );
    if (found) return found;
    throw new Problem(
      [`There is no notebook "${name}". There are:`, ...all.map((each) => `  ${each}`)].join('\n'),
    );
  });
  return all.filter((name) => chosen.includes(name));
}

/**
 * What Python is told to execute the lecture's notebooks.
 * @param {string} output the folder for what is executed
 * @param {Record<string, Record<string, unknown>>} [parameters] values for the notebooks' parameter
 *   cells, by notebook
 * @param {{ notebooks?: readonly string[] | undefined, json?: boolean | undefined, junit?: string | undefined }} [options]
 *   `notebooks`: those to execute, with what was trained before them; otherwise all, which train anew; `json`: whether the results go to standard output
 *   as JSON; `junit`: the file for the results as JUnit's XML
 */
export function runnerArguments(output, parameters = {}, { notebooks, json = false, junit } = {}) {
  return [
    PATHS.runNotebooks,
    '--output',
    output,
    '--logs',
    PATHS.logs,
    '--parameters',
    JSON.stringify(parameters),
    // Notebook 5 alone evaluates what 4 has trained.
    ...(notebooks ? ['--keep-runs'] : []),
    ...(json ? ['--json'] : []),
    ...(junit === undefined ? [] : ['--junit', junit]),
    ...(notebooks ?? notebookNames()).map(notebookFile),
  ];
}
