// @ts-check
import { parseArgs } from 'node:util';
import { Problem } from './problem.mjs';

/**
 * What was written behind a command's name.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} [T={}]
 * @param {string} command as in package.json's scripts
 * @param {readonly string[]} args
 * @param {{ positionals?: string, options?: T }} [accepted] `positionals`: what the words are that
 *   the command takes, as its usage shows them; without it there must be none. `options`: as
 *   parseArgs takes them
 * @throws Problem for anything that the command does not take
 */
export function readArguments(command, args, { positionals, options } = {}) {
  try {
    return parseArgs({
      args: [...args],
      options: /** @type {T} */ (options ?? {}),
      allowPositionals: positionals !== undefined,
    });
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    const usage = [
      ...Object.keys(options ?? {}).map((name) => `[--${name}]`),
      ...(positionals === undefined ? [] : [positionals]),
    ].join(' ');
    const what =
      code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE'
        ? `: ${message.split('\n', 1)[0]}`
        : ` does not know ${JSON.stringify(args.join(' '))}`;
    throw new Problem(
      `npm run ${command}${what}. Usage: npm run ${command}${usage && ` -- ${usage}`}`,
    );
  }
}
