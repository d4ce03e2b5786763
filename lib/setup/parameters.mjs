// @ts-check
import { readFileSync } from 'node:fs';
import { notebookFile } from './notebooks.mjs';
import { Problem } from './problem.mjs';

/**
 * A variable of a notebook's cell tagged `parameters`.
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} initial its value as the notebook has it
 * @property {string} type in the user's words
 * @property {(text: string) => unknown} read the value that a text stands for; undefined where it
 *   is not of the type
 */

/** A line of that cell: its name, its type where it has one, and its value. */
const DECLARATION = /^let (\w+)(?:: ([^=]+))? = (.+);$/gm;

/**
 * The parameters that a notebook has.
 * @param {string} notebook
 * @returns {Parameter[]}
 */
export function notebookParameters(notebook) {
  /** @type {{ cells: { source: string | string[], metadata: { tags?: string[] } }[] }} */
  const { cells } = JSON.parse(readFileSync(notebookFile(notebook), 'utf8'));
  const cell = cells.find(({ metadata }) => metadata.tags?.includes('parameters'));
  const source = [cell?.source ?? ''].flat().join('');
  return [...source.matchAll(DECLARATION)].map(([, name = '', union, initial = '']) => ({
    name,
    initial,
    ...typeOf(initial, union),
  }));
}

/**
 * @param {string} initial
 * @param {string} [union] of strings, as TypeScript writes it
 * @returns {Pick<Parameter, 'type' | 'read'>}
 */
function typeOf(initial, union) {
  if (union !== undefined) {
    const choices = [...union.matchAll(/'([^']*)'/g)].map(([, choice = '']) => choice);
    return {
      type: `one of ${choices.join(', ')}`,
      read: (text) => choices.find((choice) => choice === text),
    };
  }
  if (initial.startsWith("'")) return { type: 'a text', read: (text) => text };
  if (initial === 'true' || initial === 'false')
    return { type: 'true or false', read: (text) => ({ true: true, false: false })[text] };
  if (initial.startsWith('[')) return { type: 'numbers, such as 9,19', read: readNumbers };
  return { type: 'a number', read: readNumber };
}

/** @param {string} text */
function readNumber(text) {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : undefined;
}

/** @param {string} text numbers with commas between them, in brackets or not */
function readNumbers(text) {
  const inside = text.replace(/^\[(.*)\]$/, '$1').trim();
  const values = inside === '' ? [] : inside.split(',').map(readNumber);
  return values.includes(undefined) ? undefined : values;
}

/**
 * Values for the parameters of notebooks, each for every notebook that has such a parameter.
 * @param {readonly string[]} settings NAME=VALUE each
 * @param {readonly string[]} notebooks
 * @returns {Record<string, Record<string, unknown>>} by notebook and name
 * @throws Problem for a name that no notebook has, and for a value of another type
 */
export function readSettings(settings, notebooks) {
  const declared = notebooks.flatMap((notebook) =>
    notebookParameters(notebook).map((parameter) => ({ notebook, ...parameter })),
  );
  /** @type {Record<string, Record<string, unknown>>} */
  const values = {};
  for (const setting of settings) {
    const [, wanted, text] = /^(\w+)=(.*)$/s.exec(setting) ?? [];
    if (wanted === undefined || text === undefined)
      throw new Problem(`--set ${setting}: it must be NAME=VALUE, such as epochs=5.`);
    const found = declared.filter(({ name }) => name === wanted);
    if (found.length === 0)
      throw new Problem(
        [
          `--set ${setting}: no notebook to be executed has a parameter "${wanted}". There are:`,
          describeParameters(notebooks),
        ].join('\n'),
      );
    for (const { notebook, name, type, read } of found) {
      const value = read(text);
      if (value === undefined)
        throw new Problem(`--set ${setting}: ${name} must be ${type} (${notebook}).`);
      (values[notebook] ??= {})[name] = value;
    }
  }
  return values;
}

/**
 * The parameters of notebooks with their values, a line for each notebook.
 * @param {readonly string[]} notebooks
 */
export function describeParameters(notebooks) {
  return notebooks
    .map((notebook) => {
      const parameters = notebookParameters(notebook);
      return `  ${notebook}: ${parameters.map(({ name, initial }) => `${name} = ${initial}`).join(', ')}`;
    })
    .join('\n');
}
