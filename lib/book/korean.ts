import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseCatalogue, translateCells, type Catalogue, type Gap } from './catalogue';
import { koreanOutput } from './koreanOutput';
import { mapOutputs, NOTEBOOKS, type Notebook } from './notebook';
import { Phrases } from './phrases';

/** Where the Korean texts are, and the Korean notebooks for JupyterLab. */
export const KOREAN = path.join(NOTEBOOKS, 'ko');

const FIGURES = path.join(KOREAN, 'figures.json');

/** {@link Phrases} of notebooks/ko/figures.json. */
export function readPhrases(): Phrases {
  const entries: unknown = JSON.parse(readFileSync(FIGURES, 'utf8'));
  const complete = (value: unknown): value is Record<string, string> =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((korean) => typeof korean === 'string');
  if (!complete(entries)) throw new Error(`${FIGURES} must be one object of strings`);
  return new Phrases(entries);
}

/**
 * A notebook in Korean: the same code cells, their figures and tables with Korean texts.
 * @param name its file's
 * @param phrases in which what they lack is noted
 */
export async function koreanNotebook(
  name: string,
  notebook: Notebook,
  phrases: Phrases,
): Promise<{ notebook: Notebook; gaps: Gap[] }> {
  const translated = translateCells(notebook, readCatalogue(name));
  return {
    gaps: translated.gaps,
    notebook: await mapOutputs(translated.notebook, (output) => koreanOutput(output, phrases)),
  };
}

/** Of which texts a Korean notebook is made, as one. */
export function readTexts(name: string): string {
  return readIfThere(catalogueFile(name)) + readIfThere(FIGURES);
}

/** The Korean texts of a notebook; none where they have not been begun. */
export function readCatalogue(name: string): Catalogue {
  const file = catalogueFile(name);
  try {
    return parseCatalogue(readIfThere(file));
  } catch (error) {
    throw new Error(`${file}, ${(error as Error).message}`);
  }
}

function catalogueFile(name: string): string {
  return path.join(KOREAN, `${path.basename(name, '.ipynb')}.md`);
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
