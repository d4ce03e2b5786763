import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_DIRECTORY, writeWhole } from '../files';
import { digestOf } from './catalogue';
import { KOREAN, koreanNotebook, readPhrases, readTexts } from './korean';
import { mapMarkdown, notebookNames, NOTEBOOKS, readNotebook, type Notebook } from './notebook';

/** What was written, by notebook, and of which texts: a file that differs was worked in since. */
type Written = Record<string, { from: string; digest: string }>;

const WRITTEN = path.join(PROJECT_DIRECTORY, '.cache', 'korean-notebooks.json');

/**
 * Makes the Korean notebooks for JupyterLab, in notebooks/ko. One that was worked in is left alone.
 * @param folder where they go
 * @param record the file that tells what was written there before
 * @returns the names of those that were left although their texts have changed
 */
export async function writeLabNotebooks(folder = KOREAN, record = WRITTEN): Promise<string[]> {
  const written = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Written) : {};
  const left: string[] = [];
  for (const name of notebookNames()) {
    const file = path.join(folder, name);
    const from = digestOf(readFileSync(path.join(NOTEBOOKS, name), 'utf8') + readTexts(name));
    const earlier = written[name];
    const there = existsSync(file);
    if (there && earlier?.from === from) continue;
    if (there && digestOf(readFileSync(file, 'utf8')) !== earlier?.digest) {
      left.push(name);
      continue;
    }
    const { notebook } = await koreanNotebook(name, readNotebook(name), readPhrases());
    const text = `${JSON.stringify(oneFolderDeeper(notebook), undefined, 1)}\n`;
    mkdirSync(folder, { recursive: true });
    await writeWhole(file, text);
    written[name] = { from, digest: digestOf(text) };
    await writeWhole(record, JSON.stringify(written));
  }
  return left;
}

/** With links as they are from a folder in that of the notebooks; these link to each other. */
function oneFolderDeeper(notebook: Notebook): Notebook {
  return mapMarkdown(notebook, (text) =>
    text.replace(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (link, target: string) =>
      /^[^/]+\.ipynb(#|$)/.test(target) ? link : `](../${target})`,
    ),
  );
}

async function main(): Promise<void> {
  for (const name of await writeLabNotebooks()) {
    console.log(
      `notebooks/ko/${name} was worked in and stays as it is; its texts have changed: move it away to have it made anew`,
    );
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(
      `The Korean notebooks: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
  });
}
