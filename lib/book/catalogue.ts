import { createHash } from 'node:crypto';
import { mapMarkdown, type Notebook } from './notebook';

/** The Korean texts of a notebook's markdown cells, by cell id. */
export type Catalogue = ReadonlyMap<string, { digest: string; text: string }>;

/** A markdown cell without a Korean text for its English of today, or a Korean text without a cell. */
export interface Gap {
  kind: 'untranslated' | 'outdated' | 'without a cell';
  cell: string;
  /** Of the English source; empty where there is none. */
  digest: string;
}

const ENTRY = /^<!-- cell (\S+) sha256 ([0-9a-f]{12}) -->$/;

/** First in a cell that stands in English in the Korean notebook. */
const IN_ENGLISH = '> *이 부분은 아직 한국어로 옮기지 않아 영어로 보입니다.*';

/**
 * Reads a catalogue; notebooks/ko/README.md tells its form.
 * @throws Error for a text before the first entry, and for a second entry of a cell
 */
export function parseCatalogue(text: string): Catalogue {
  const entries = new Map<string, { digest: string; lines: string[] }>();
  let lines: string[] | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const [, cell, digest] = ENTRY.exec(line) ?? [];
    if (cell !== undefined && digest !== undefined) {
      if (entries.has(cell)) throw new Error(`line ${at + 1}: cell ${cell} has two entries`);
      lines = [];
      entries.set(cell, { digest, lines });
    } else if (lines) {
      lines.push(line);
    } else if (line.trim() !== '') {
      throw new Error(
        `line ${at + 1}: before it there must be a line <!-- cell ID sha256 0123456789ab -->`,
      );
    }
  }
  return new Map(
    [...entries].map(([cell, entry]) => [
      cell,
      { digest: entry.digest, text: entry.lines.join('\n').trim() },
    ]),
  );
}

/** The first twelve hex digits of a text's SHA-256. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The notebook with Korean texts; a cell that has none for its English of today keeps that, marked. */
export function translateCells(
  notebook: Notebook,
  catalogue: Catalogue,
): { notebook: Notebook; gaps: Gap[] } {
  const gaps: Gap[] = [];
  const cells = new Set<string>();
  const translated = mapMarkdown(notebook, (english, { id }) => {
    cells.add(id);
    const digest = digestOf(english);
    const entry = catalogue.get(id);
    if (entry?.digest === digest && entry.text !== '') return entry.text;
    const kind = entry === undefined || entry.text === '' ? 'untranslated' : 'outdated';
    gaps.push({ kind, cell: id, digest });
    // A page's first line is its title.
    return english.replace(/^(#[^\n]*\n+)?/, (heading) => `${heading}${IN_ENGLISH}\n\n`);
  });
  for (const cell of catalogue.keys()) {
    if (!cells.has(cell)) gaps.push({ kind: 'without a cell', cell, digest: '' });
  }
  return { notebook: translated, gaps };
}
