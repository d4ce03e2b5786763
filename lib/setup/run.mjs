// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { projectEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';

const LINES_SHOWN = 15;

/**
 * Runs a program quietly, its output going to a log file, while a line counts the seconds.
 * @param {string} step what it is for, in the user's words; names the log
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, advice?: string }} [options]
 * @throws Problem with the end of the log when the program fails
 */
export async function runLogged(step, command, args, { cwd = PROJECT, advice = '' } = {}) {
  mkdirSync(PATHS.logs, { recursive: true });
  mkdirSync(PATHS.temporary, { recursive: true });
  const log = path.join(PATHS.logs, `${step.replace(/[^\w.-]+/g, '-')}.log`);
  const output = createWriteStream(log);
  const stopClock = startClock();
  const child = spawn(command, args, {
    cwd,
    env: projectEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  /** @type {string | undefined} */
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`${command} cannot be started: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `${command} ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  await new Promise((resolve) => output.end(resolve));
  stopClock();
  if (failure !== undefined) {
    const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LINES_SHOWN);
    throw new Problem(
      [
        failure,
        ...end.map((line) => `  | ${line}`),
        `The whole output: ${log}`,
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

/**
 * Runs a program in the foreground. Ctrl-C reaches it from the terminal; this process waits for it
 * to finish what it is saving.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} its exit code
 */
export async function runForeground(command, args, { env = {}, cwd = PROJECT } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...projectEnvironment(), ...env },
    stdio: 'inherit',
  });
  const wait = () => undefined;
  const forward = () => child.kill('SIGTERM');
  process.on('SIGINT', wait);
  process.on('SIGTERM', forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) =>
        reject(new Problem(`${command} cannot be started: ${error.message}`)),
      );
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
    });
  } finally {
    process.off('SIGINT', wait);
    process.off('SIGTERM', forward);
  }
}

function startClock() {
  if (!process.stdout.isTTY) return () => undefined;
  const start = Date.now();
  const timer = setInterval(
    () => process.stdout.write(`\r    ${Math.round((Date.now() - start) / 1000)} s `),
    1000,
  );
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\x1b[K');
  };
}
