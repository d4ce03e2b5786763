// @ts-check
import { accessSync, constants, statSync } from 'node:fs';
import * as path from 'node:path';
import { readArguments } from './arguments.mjs';
import { namedNotebooks, notebookNames, runnerArguments } from './notebooks.mjs';
import { describeParameters, readSettings } from './parameters.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';
import { runForeground } from './programs.mjs';
import { makeReady } from './ready.mjs';

const OPTIONS = /** @type {const} */ ({
  notebook: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  junit: { type: 'string' },
  help: { type: 'boolean' },
});

const help =
  () => `Makes the project ready, executes the notebooks, and prints a table of the results.

usage: npm start -- [options]

  --notebook A,B,…  these alone, by number or name, such as 01,04 (default: all)
  --set NAME=VALUE  the value of a parameter in every notebook that has it; for several, several times
  --json            print the results as JSON, and all else to standard error: for each notebook its
                    name, cells, seconds, failure (empty where there is none) and the failure's detail
  --junit FILE      write the results to FILE as JUnit's XML, a test for each notebook
  --help

The parameters, with their values:

${describeParameters(notebookNames())}

The exit code is 1 where a notebook fails. Without --notebook all is trained anew; with it, what was
trained before is used: 5 evaluates the run of 4, which must be there with the same values, and 4
trains a finished run anew with --set restart=true.`;

/**
 * Executes the notebooks as the user asks.
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 * @throws Problem, before anything is made or executed, for what cannot be done
 */
export async function start(args) {
  const { values } = readArguments('start', args, { options: OPTIONS });
  if (values.help) {
    console.log(help());
    return 0;
  }
  const notebooks =
    values.notebook && namedNotebooks(values.notebook.flatMap((names) => names.split(',')));
  const parameters = readSettings(values.set ?? [], notebooks ?? notebookNames());
  const junit = values.junit === undefined ? undefined : fileToWrite('--junit', values.junit);
  await makeReady();
  return runForeground(
    PATHS.python,
    runnerArguments(PATHS.output, parameters, { notebooks, json: values.json, junit }),
  );
}

/**
 * @param {string} option
 * @param {string} name seen from where the user stands
 * @returns {string} its whole path
 */
function fileToWrite(option, name) {
  const file = path.resolve(process.env.INIT_CWD ?? PROJECT, name);
  const folder = path.dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`${option} ${name}: there is no folder ${folder}: make it first.`);
  if (name === '' || statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`${option} ${name}: it must name a file.`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new Problem(`${option} ${name}: the folder ${folder} cannot be written to.`);
  }
  return file;
}
