import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import * as Papa from 'papaparse';
import { OPTIONS, readCommandLine } from './trainOptions';

/** A run of a sweep: the options of the train command, by their names without hyphens before them. */
export type Row = Readonly<Record<string, string>>;

/** What a sweep decides for each run itself, or what is no run's. */
const NOT_IN_A_SWEEP: readonly string[] = ['directory', 'json', 'restart', 'help'];

/**
 * Reads a sweep's runs: CSV with a line of names first, or JSON, a list of objects. An empty cell
 * leaves the option out; true, or false, is written for an option that takes no value.
 *
 * @throws RangeError that names each column that is no option of the train command, or the run that
 *   has a value which cannot be, or is another once more
 */
export async function readRows(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8');
  const rows = file.endsWith('.json') ? fromJson(text, file) : fromCsv(text, file);
  if (rows.length === 0) throw new RangeError(`${file} has no runs`);
  const known = Object.keys(OPTIONS).filter((name) => !NOT_IN_A_SWEEP.includes(name));
  const unknown = new Set(rows.flatMap(Object.keys).filter((name) => !known.includes(name)));
  if (unknown.size > 0) {
    throw new RangeError(
      `${file} has a column ${[...unknown].join(', ')}; it may have ${known.join(', ')}`,
    );
  }
  for (const [index, row] of rows.entries()) {
    try {
      readCommandLine(argumentsOf(row));
    } catch (cause) {
      throw new RangeError(`${file}, run ${index}: ${(cause as Error).message}`, { cause });
    }
    const first = rows.findIndex((other) => isDeepStrictEqual(other, row));
    if (first < index) {
      throw new RangeError(
        `${file}, run ${index} is run ${first} once more: give it another seed, or take it out`,
      );
    }
  }
  return rows;
}

function fromCsv(text: string, file: string): Row[] {
  const { data, errors } = Papa.parse<Record<string, string>>(text, {
    header: true,
    // A line of empty cells too, as a spreadsheet leaves it.
    skipEmptyLines: 'greedy',
    transform: (cell) => cell.trim(),
    transformHeader: (name) => name.trim(),
  });
  // A single column needs no delimiter.
  const error = errors.find(({ code }) => code !== 'UndetectableDelimiter');
  if (error) throw new RangeError(`${file}, run ${error.row ?? 0}: ${error.message}`);
  return data.map(withoutEmpty);
}

function fromJson(text: string, file: string): Row[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === 'object' && row !== null)) {
    throw new RangeError(`${file} must be a list of objects, each with the options of a run`);
  }
  return rows.map((row: object) =>
    withoutEmpty(
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')])),
    ),
  );
}

function withoutEmpty(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''));
}

/** The arguments of the train command. */
export function argumentsOf(row: Row): string[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const { type } = OPTIONS[name as keyof typeof OPTIONS];
    if (type === 'string') return [`--${name}=${value}`];
    if (value !== 'true' && value !== 'false') {
      throw new RangeError(`${name} is "${value}"; it must be true or false`);
    }
    return value === 'true' ? [`--${name}`] : [];
  });
}
