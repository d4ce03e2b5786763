import { escapeHtml } from './html';
import { newOutput, type MimeBundle } from './notebook';
import { thousands } from './style';

/** The part of danfojs' DataFrame that a table is made of. */
export interface DataFrameLike {
  readonly columns: readonly string[];
  readonly values: unknown;
}

/** Rows as objects, the keys of any of them as columns, or a danfojs DataFrame. */
export type TableSource = DataFrameLike | readonly object[];

export interface TableOptions {
  /** A line above the table. */
  caption?: string;
  /** Decimals of the columns that hold fractions, by column; found from the values by default. */
  decimals?: Readonly<Record<string, number>>;
}

/**
 * Shows a table in the notebook: HTML that needs no style sheet (GitHub drops them), and text.
 * Numbers stand to the right; integers get thousands separators, fractions equally many decimals.
 * @throws Error outside a notebook
 */
export function displayTable(source: TableSource, options: TableOptions = {}): void {
  newOutput('displayTable()').show(tableBundle(source, options));
}

/** What {@link displayTable} sends. */
function tableBundle(source: TableSource, options: TableOptions = {}): MimeBundle {
  const table = read(source);
  const columns = table.columns.map((name, at) => {
    const cells = table.rows.map((row) => row[at]);
    const numeric = cells.some(isNumber) && cells.every((cell) => isNumber(cell) || cell == null);
    const numbers = cells.filter(isNumber);
    const decimals = options.decimals?.[name] ?? decimalsFor(numbers);
    return { name, numeric, text: cells.map((cell) => format(cell, decimals)) };
  });
  return {
    data: {
      'text/html': html(columns, table.rows.length, options.caption),
      'text/plain': plain(columns, table.rows.length, options.caption),
    },
  };
}

interface Column {
  name: string;
  numeric: boolean;
  text: readonly string[];
}

function read(source: TableSource): {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
} {
  if (isRows(source)) {
    const rows = source.map((row) => new Map<string, unknown>(Object.entries(row)));
    const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
    return { columns, rows: rows.map((row) => columns.map((column) => row.get(column))) };
  }
  // danfojs gives the values of a one-column frame as rows too.
  return { columns: source.columns, rows: source.values as unknown[][] };
}

function isRows(source: TableSource): source is readonly object[] {
  return Array.isArray(source);
}

function isNumber(cell: unknown): cell is number {
  return typeof cell === 'number';
}

/**
 * None for integers. As many as the values are written with, if that is at most four; else as many
 * as the smallest value needs to show three digits.
 */
function decimalsFor(numbers: readonly number[]): number {
  const fractions = numbers.filter(
    (number) => Number.isFinite(number) && !Number.isInteger(number),
  );
  if (fractions.length === 0) return 0;
  const written = Math.max(...fractions.map(writtenDecimals));
  if (written <= 4) return written;
  const smallest = Math.min(...fractions.map(Math.abs));
  return Math.min(Math.max(2 - Math.floor(Math.log10(smallest)), 2), 6);
}

/** Decimals in a number's shortest notation: 1 for 0.5. */
function writtenDecimals(number: number): number {
  return /\.(\d+)$/.exec(String(number))?.[1]?.length ?? 6;
}

function format(cell: unknown, decimals: number): string {
  if (cell == null) return '';
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return String(cell);
    return thousands(cell, decimals);
  }
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}

function side({ numeric }: Column): 'left' | 'right' {
  return numeric ? 'right' : 'left';
}

function html(columns: readonly Column[], rows: number, caption: string | undefined): string {
  const cell = (tag: 'th' | 'td', column: Column, text: string) =>
    // JupyterLab heeds the style alone, GitHub, which drops styles, the attribute alone.
    `<${tag} align="${side(column)}" style="text-align: ${side(column)}">${escapeHtml(text)}</${tag}>`;
  const row = (tag: 'th' | 'td', text: (column: Column) => string) =>
    `<tr>${columns.map((column) => cell(tag, column, text(column))).join('')}</tr>`;
  return [
    '<table>',
    caption === undefined ? '' : `<caption align="top">${escapeHtml(caption)}</caption>`,
    `<thead>${row('th', ({ name }) => name)}</thead>`,
    '<tbody>',
    ...Array.from({ length: rows }, (_, at) => row('td', ({ text }) => text[at] ?? '')),
    '</tbody>',
    '</table>',
  ]
    .filter(Boolean)
    .join('\n');
}

function plain(columns: readonly Column[], rows: number, caption: string | undefined): string {
  const widths = columns.map(({ name, text }) =>
    Math.max(name.length, ...text.map((cell) => cell.length)),
  );
  const line = (text: (column: Column) => string) =>
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
