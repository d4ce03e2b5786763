/** What one cell of an executed notebook must have printed. */
export interface Expectation {
  /** One of the cell's tags, or a part of its source that no other code cell has. */
  cell: string;
  /** Texts that its output, as plain text, must contain. */
  prints?: string[];
  /** Numbers in it: the first after a text is a value, give or take. */
  near?: { after: string; value: number; within: number }[];
}

/** The parts of an .ipynb file that are looked at. */
export interface Notebook {
  cells: Cell[];
}

interface Cell {
  cell_type: string;
  source: string | string[];
  metadata: { tags?: string[] };
  outputs?: Output[];
}

interface Output {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
}

/**
 * What is wrong with an executed notebook: a sentence for each text that a cell did not print, and
 * for each expectation that no cell or several cells answer to.
 *
 * @param note gets what was measured of each number
 */
export function unmet(
  notebook: Notebook,
  expectations: readonly Expectation[],
  note: (bound: { what: string; measured: number; bound: number }) => void = () => undefined,
): string[] {
  return expectations.flatMap(({ cell: wanted, prints = [], near = [] }) => {
    const [cell, ...others] = notebook.cells.filter((cell) => answersTo(cell, wanted));
    if (!cell) return [`there is no cell "${wanted}"`];
    if (others.length > 0) return [`${others.length + 1} cells contain "${wanted}"`];
    const printed = printedText(cell);
    const missing = [
      ...prints.filter((text) => !printed.includes(text)),
      ...near
        .filter(({ after, value, within }) => {
          const measured = Math.abs(numberAfter(printed, after) - value);
          note({ what: `"${after.trim()}" in "${wanted}"`, measured, bound: within });
          return !(measured <= within);
        })
        .map(({ after, value, within }) => `${after}${value}, give or take ${within}`),
    ];
    return missing.map((text) => `the cell "${wanted}" does not print "${text}", but:\n${printed}`);
  });
}

function numberAfter(printed: string, text: string): number {
  const start = printed.indexOf(text);
  return start < 0 ? NaN : Number.parseFloat(printed.slice(start + text.length));
}

/** Interactive figures without the picture that GitHub and the HTML show in their place. */
export function figuresWithoutPicture(notebook: Notebook): string[] {
  return notebook.cells.flatMap((cell) =>
    (cell.outputs ?? [])
      .filter(({ data }) => data && PLOTLY in data && !('image/png' in data))
      .map(() => joined(cell.source)),
  );
}

const PLOTLY = 'application/vnd.plotly.v1+json';

function answersTo(cell: Cell, wanted: string): boolean {
  if (cell.cell_type !== 'code') return false;
  return (cell.metadata.tags ?? []).includes(wanted) || joined(cell.source).includes(wanted);
}

function printedText(cell: Cell): string {
  return (cell.outputs ?? [])
    .map(({ text, data }) => joined(text ?? (data?.['text/plain'] as string[] | undefined) ?? ''))
    .join('\n');
}

const joined = (text: string | string[]) => (typeof text === 'string' ? text : text.join(''));
