import { inspect } from 'node:util';
import { escapeHtml } from './html';
import { newOutput, type MimeBundle } from './notebook';
import { thousands } from './style';

/** The part of danfojs' DataFrame, or Series, that a table is made of. */
export interface DataFrameLike {
  readonly columns: readonly (string | number)[];
  readonly values: unknown;
  /** Labels of the rows. */
  readonly index?: readonly (string | number)[];
}

/** Rows as objects or Maps, the keys of any of them as columns, or a danfojs DataFrame or Series. */
export type TableSource = DataFrameLike | readonly object[];

export interface TableOptions {
  /** A line above the table. */
  caption?: string;
  /** Decimals of the columns that hold fractions, by column; found from the values by default. */
  decimals?: Readonly<Record<string, number>>;
}

/**
 * Shows a table in the notebook: HTML that needs no style sheet (GitHub drops them), and text.
 * Numbers stand to the right; integers get thousands separators, fractions equally many decimals,
 * and those below 1e-4 an exponent. Labels of a DataFrame's rows are shown unless they count them.
 * @throws Error outside a notebook
 */
export function displayTable(source: TableSource, options: TableOptions = {}): void {
  newOutput('displayTable()').show(tableBundle(source, options));
}

/** What {@link displayTable} sends. */
function tableBundle(source: TableSource, options: TableOptions = {}): MimeBundle {
  const table = read(source);
  const decimals = new Map(Object.entries(options.decimals ?? {}));
  const columns = table.columns.map((key, at): Column => {
    const name = String(key);
    const cells = table.rows.map((row) => row[at]);
    const numeric = cells.some(isNumber) && cells.every((cell) => isNumber(cell) || cell == null);
    const format = numberFormat(cells.filter(isNumber), decimals.get(name));
    const text = cells.map((cell) => (isNumber(cell) ? format(cell) : textOf(cell)));
    return { name, tag: 'td', numeric, text };
  });
  if (table.labels) {
    const numeric = table.labels.every(isNumber);
    columns.unshift({ name: '', tag: 'th', numeric, text: table.labels.map(String) });
  }
  return {
    data: {
      'text/html': html(columns, table.rows.length, options.caption),
      'text/plain': plain(columns, table.rows.length, options.caption),
    },
  };
}

interface Column {
  name: string;
  /** `th` for the labels of the rows. */
  tag: 'th' | 'td';
  numeric: boolean;
  text: readonly string[];
}

function read(source: TableSource): {
  columns: readonly unknown[];
  rows: readonly (readonly unknown[])[];
  labels?: readonly unknown[] | undefined;
} {
  if (isRows(source)) {
    const rows = source.map(
      (row) => new Map<unknown, unknown>(row instanceof Map ? row : Object.entries(row)),
    );
    const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
    return { columns, rows: rows.map((row) => columns.map((column) => row.get(column))) };
  }
  const { columns, values, index } = source;
  // danfojs gives the values of a one-column frame as rows too, those of a Series as they are.
  const rows = (values as unknown[]).map((row): unknown[] => (Array.isArray(row) ? row : [row]));
  return { columns, rows, labels: index?.every((label, at) => label === at) ? undefined : index };
}

function isRows(source: TableSource): source is readonly object[] {
  return Array.isArray(source);
}

function isNumber(cell: unknown): cell is number | bigint {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

/** How the numbers of a column are written, with so many decimals if they are given. */
function numberFormat(
  numbers: readonly (number | bigint)[],
  given: number | undefined,
): (number: number | bigint) => string {
  const decimals = given ?? decimalsFor(numbers.filter((number) => !needsExponent(number)));
  const digits = Math.max(0, ...numbers.filter(needsExponent).map(mantissaDecimals));
  return (number) => {
    if (typeof number === 'number' && !Number.isFinite(number)) return String(number);
    return given === undefined && needsExponent(number)
      ? number.toExponential(digits)
      : thousands(number, decimals);
  };
}

/** Whether decimals would show a number as hardly more than zeros, or as digits that it has not. */
function needsExponent(number: number | bigint): number is number {
  if (typeof number === 'bigint' || !Number.isFinite(number)) return false;
  const size = Math.abs(number);
  return (size > 0 && size < 1e-4) || size >= 1e21;
}

/** Decimals before the exponent that show three digits at most: 1 for 2.5e-7. */
function mantissaDecimals(number: number): number {
  const [mantissa = ''] = Number(number.toPrecision(3)).toExponential().split('e');
  return writtenDecimals(Number(mantissa));
}

/**
 * None for integers. As many as the values are written with, if that is at most four; else as many
 * as the smallest value needs to show three digits.
 */
function decimalsFor(numbers: readonly (number | bigint)[]): number {
  const fractions = numbers
    .map(Number)
    .filter((number) => Number.isFinite(number) && !Number.isInteger(number));
  if (fractions.length === 0) return 0;
  const written = Math.max(...fractions.map(writtenDecimals));
  if (written <= 4) return written;
  const smallest = Math.min(...fractions.map(Math.abs));
  return Math.max(2 - Math.floor(Math.log10(smallest)), 2);
}

/** Decimals in a number's shortest notation: 1 for 0.5. */
function writtenDecimals(number: number): number {
  return /\.(\d+)$/.exec(String(number))?.[1]?.length ?? 0;
}

function textOf(cell: unknown): string {
  if (cell == null) return '';
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? String(cell) : cell.toISOString();
  if (typeof cell === 'string') return cell;
  return inspect(cell, { breakLength: Infinity }).replaceAll('[Object: null prototype] ', '');
}

function side({ numeric }: Column): 'left' | 'right' {
  return numeric ? 'right' : 'left';
}

function html(columns: readonly Column[], rows: number, caption: string | undefined): string {
  const cell = (tag: 'th' | 'td', column: Column, text: string) =>
    // JupyterLab heeds the style alone, GitHub, which drops styles, the attribute alone.
    `<${tag} align="${side(column)}" style="text-align: ${side(column)}">${escapeHtml(text)}</${tag}>`;
  const row = (texts: string[]) => `<tr>${texts.join('')}</tr>`;
  return [
    '<table>',
    caption === undefined ? '' : `<caption align="top">${escapeHtml(caption)}</caption>`,
    `<thead>${row(columns.map((column) => cell('th', column, column.name)))}</thead>`,
    '<tbody>',
    ...Array.from({ length: rows }, (_, at) =>
      row(columns.map((column) => cell(column.tag, column, column.text[at] ?? ''))),
    ),
    '</tbody>',
    '</table>',
  ]
    .filter(Boolean)
    .join('\n');
}

function plain(table: readonly Column[], rows: number, caption: string | undefined): string {
  const columns = table.map(({ name, text, numeric }) => ({
    name: oneLine(name),
    text: text.map(oneLine),
    numeric,
  }));
  const widths = columns.map(({ name, text }) =>
    Math.max(name.length, ...text.map((cell) => cell.length)),
  );
  const line = (text: (column: Omit<Column, 'tag'>) => string) =>
    columns
      .map((column, at) => {
        const width = widths[at] ?? 0;
        return column.numeric ? text(column).padStart(width) : text(column).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [
    ...(caption === undefined ? [] : [caption]),
    line(({ name }) => name),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...Array.from({ length: rows }, (_, at) => line(({ text }) => text[at] ?? '')),
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, ' ');
}
