// @ts-check
import { parseArgs } from 'node:util';
import { Problem } from './problem.mjs';

/**
 * What was written behind a command's name.
 * @param {string} command as in package.json's scripts
 * @param {readonly string[]} args
 * @param {{ positionals?: string }} [accepted] `positionals`: what the words are that the command
 *   takes, as its usage shows them; without it there must be none
 * @returns {string[]} the words
 * @throws Problem for anything that the command does not take
 */
export function readArguments(command, args, { positionals } = {}) {
  try {
    return parseArgs({ args: [...args], options: {}, allowPositionals: positionals !== undefined })
      .positionals;
  } catch {
    const usage = positionals === undefined ? '' : ` -- ${positionals}`;
    throw new Problem(
      `npm run ${command} does not know ${JSON.stringify(args.join(' '))}. Usage: npm run ${command}${usage}`,
    );
  }
}
