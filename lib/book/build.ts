import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';
import { writeAssets } from './assets';
import type { Gap } from './catalogue';
import { koreanNotebook, readPhrases } from './korean';
import { notebookNames, readNotebook, type Notebook } from './notebook';
import { copyWeb, LANGUAGES, writeSource, type Language } from './source';

/** Where Sphinx writes: MyST-NB leaves a folder of its own beside the book. */
const BUILT = 'built';

/** What of the Korean book is English. */
export interface Untranslated {
  /** By the notebook's file. */
  cells: ReadonlyMap<string, readonly Gap[]>;
  /** Of figures and tables. */
  texts: readonly string[];
}

/**
 * Makes the book of the notebooks as they stand in `notebooks`, in both languages.
 * @param site the folder for it; an earlier book there is replaced once the new one is whole
 * @param python one that has Sphinx
 * @returns what of the Korean book is English
 * @throws Error for a link that leads nowhere, and with Sphinx's words for what it objects to
 */
export async function buildBook(site: string, python: string): Promise<Untranslated> {
  const [work, unfinished] = [`${site}.source`, `${site}.unfinished`];
  for (const folder of [work, unfinished]) rmSync(folder, { recursive: true, force: true });
  const assets = path.join(work, 'assets');
  mkdirSync(assets, { recursive: true });
  mkdirSync(unfinished, { recursive: true });
  await writeAssets(assets);

  const english = new Map(notebookNames().map((name) => [name, readNotebook(name)]));
  const { notebooks: korean, untranslated } = await inKorean(english);
  await writeSource(path.join(work, 'en'), 'en', english, assets);
  await writeSource(path.join(work, 'ko'), 'ko', korean, assets);
  await Promise.all(LANGUAGES.map((language) => runSphinx(python, work, language)));
  for (const language of LANGUAGES) {
    await rename(path.join(work, BUILT, language), path.join(unfinished, language));
  }
  cpSync(
    path.join(PROJECT_DIRECTORY, 'lib', 'book', 'pages', 'index.html'),
    path.join(unfinished, 'index.html'),
  );
  copyWeb(unfinished);

  rmSync(site, { recursive: true, force: true });
  await rename(unfinished, site);
  rmSync(work, { recursive: true });
  return untranslated;
}

async function inKorean(
  english: ReadonlyMap<string, Notebook>,
): Promise<{ notebooks: Map<string, Notebook>; untranslated: Untranslated }> {
  const phrases = readPhrases();
  const notebooks = new Map<string, Notebook>();
  const cells = new Map<string, readonly Gap[]>();
  for (const [name, notebook] of english) {
    const korean = await koreanNotebook(name, notebook, phrases);
    notebooks.set(name, korean.notebook);
    cells.set(name, korean.gaps);
  }
  return { notebooks, untranslated: { cells, texts: [...phrases.missing] } };
}

/** Ends with an error at whatever Sphinx warns of: a link that leads nowhere, a heading left out. */
function runSphinx(python: string, work: string, language: Language): Promise<void> {
  const source = path.join(work, language);
  const options = ['-q', '-W', '--keep-going', '-d', path.join(work, `doctrees-${language}`)];
  const child = spawn(
    python,
    ['-m', 'sphinx', ...options, '-t', language, source, path.join(work, BUILT, language)],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Sphinx did not make the book (${language}):\n${words.trim()}`));
    });
  });
}
