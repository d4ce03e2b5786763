import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';

/** Where the lecture's notebooks are. */
export const NOTEBOOKS = path.join(PROJECT_DIRECTORY, 'notebooks');

/** A notebook as it is stored (nbformat 4.5): what is read of it here. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
}

export interface Cell {
  cell_type: 'markdown' | 'code' | 'raw';
  id: string;
  source: Text;
  outputs?: Output[];
}

export interface Output {
  output_type: string;
  /** By MIME type. */
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

/** A text, whole or in lines that keep their ends. */
export type Text = string | string[];

/** A text as one string. */
export function joined(text: Text): string {
  return typeof text === 'string' ? text : text.join('');
}

/** File names of the notebooks, in the lecture's order. */
export function notebookNames(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((file) => file.endsWith('.ipynb'))
    .sort();
}

/** @param name a file of {@link NOTEBOOKS} */
export function readNotebook(name: string): Notebook {
  return JSON.parse(readFileSync(path.join(NOTEBOOKS, name), 'utf8')) as Notebook;
}

/** The notebook with another text in each markdown cell. */
export function mapMarkdown(
  notebook: Notebook,
  map: (text: string, cell: Cell) => string,
): Notebook {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === 'markdown' ? { ...cell, source: map(joined(cell.source), cell) } : cell,
    ),
  };
}

/** The notebook with other outputs, one for each. */
export async function mapOutputs(
  notebook: Notebook,
  map: (output: Output) => Promise<Output>,
): Promise<Notebook> {
  const cells: Cell[] = [];
  for (const cell of notebook.cells) {
    const outputs: Output[] = [];
    for (const output of cell.outputs ?? []) outputs.push(await map(output));
    cells.push(cell.outputs ? { ...cell, outputs } : cell);
  }
  return { ...notebook, cells };
}
