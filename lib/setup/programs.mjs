// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import * as path from 'node:path';
import { explain } from './causes.mjs';
import { projectEnvironment } from './environment.mjs';
import { lockDescriptor } from './lock.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';
import { showProgressLine } from './progressLine.mjs';

const LINES_SHOWN = 15;
const CHARACTERS_KEPT = 100_000;

/** Exit codes above are those of signals: whoever sent one wants all to end. */
export const LARGEST_FAILURE = 128;

/**
 * Runs a program whose output goes to a log file, while a line shows how far it is.
 * @param {string} name what it is for, in the user's words; names the log
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, progress?: () => string }} [options] `progress`
 *   tells how far it is, beside the seconds
 * @throws Problem with the end of the output, and what to do about it, when the program fails
 */
export async function runLogged(
  name,
  command,
  args,
  { cwd = PROJECT, env = {}, progress = () => '' } = {},
) {
  mkdirSync(PATHS.logs, { recursive: true });
  mkdirSync(PATHS.temporary, { recursive: true });
  const log = path.join(PATHS.logs, `${name.replace(/[^\w.-]+/g, '-')}.log`);
  const file = createWriteStream(log);
  // A log that cannot be written, on a full disk, must not hide why the program failed.
  file.on('error', () => undefined);
  let output = '';
  const stopProgress = showProgressLine(progress);
  const child = spawn(command, args, {
    cwd,
    env: { ...projectEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', lockDescriptor() ?? 'ignore'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      file.write(text);
      output = (output + text).slice(-CHARACTERS_KEPT);
    });
  }
  /** @type {string | undefined} */
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`${command} cannot be started: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `${command} ended with ${signal ?? `exit code ${code}`}.`),
    );
  });
  stopProgress();
  await new Promise((resolve) => file.end(resolve).once('error', resolve));
  if (failure !== undefined) {
    const end = output.trimEnd().split('\n').slice(-LINES_SHOWN);
    const advice = explain(output);
    throw new Problem(
      [
        failure,
        ...end.map((line) => `  | ${line}`),
        `The whole output is in ${log}`,
        ...(advice ? [advice] : []),
      ].join('\n'),
    );
  }
}

/**
 * What a program prints, or undefined where it is missing or fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function ask(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    env: projectEnvironment(),
    timeout: 60_000,
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** npm, told to end, ends the shell between itself and this process, and leaves this one behind. */
const PARENT = process.ppid;

/**
 * Runs a program in the foreground and waits for it, however often it is told to stop: it has files
 * to finish. A terminal's Ctrl-C reaches it without help; other signals are handed on.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, channel?: boolean }} [options] `channel`: whether
 *   the program, one of Node's, gets a channel, which tells it when this process is killed
 * @returns {Promise<number>} its exit code; 128 and the signal's number when a signal ended it
 */
export async function runForeground(
  command,
  args,
  { env = {}, cwd = PROJECT, channel = false } = {},
) {
  for (const folder of [PATHS.temporary, PATHS.jupyter]) mkdirSync(folder, { recursive: true });
  const child = spawn(command, args, {
    cwd,
    env: { ...projectEnvironment(), ...env },
    stdio: ['inherit', 'inherit', 'inherit', ...(channel ? /** @type {const} */ (['ipc']) : [])],
  });
  const interrupt = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  };
  const terminate = () => child.kill('SIGTERM');
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  process.on('SIGHUP', terminate);
  const watch = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(watch);
    terminate();
  }, 500);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) =>
        reject(new Problem(`${command} cannot be started: ${error.message}`)),
      );
      child.once('close', (code, signal) =>
        resolve(code ?? LARGEST_FAILURE + (signal ? constants.signals[signal] : 0)),
      );
    });
  } finally {
    clearInterval(watch);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    process.off('SIGHUP', terminate);
  }
}
