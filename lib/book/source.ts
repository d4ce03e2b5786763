import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';
import { KOREAN } from './korean';
import { mapOutputs, type Notebook } from './notebook';
import { LinkedPages } from './pages';
import { pageOutput } from './pageOutput';

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Sphinx's settings, templates and style, and the pages that no notebook is. */
const BOOK = path.join(PROJECT_DIRECTORY, 'lib', 'book');

/** The page that lib/web builds, and where the book has it, beside both languages. */
const WEB = path.join(PROJECT_DIRECTORY, 'output', 'web');

/**
 * Writes a book as Sphinx reads it: notebooks and the texts that they link to, where they are in the
 * project too, so that their links lead where they lead there.
 * @param folder an empty one
 * @param notebooks in the book's language, by file name
 * @param assets the folder of what pages load beside themselves
 */
export async function writeSource(
  folder: string,
  language: Language,
  notebooks: ReadonlyMap<string, Notebook>,
  assets: string,
): Promise<void> {
  const inBook = (...parts: string[]) => path.join(folder, ...parts);
  cpSync(path.join(BOOK, 'sphinx'), folder, { recursive: true });
  cpSync(assets, inBook('static'), { recursive: true });
  const page = (name: string) =>
    readFileSync(path.join(BOOK, 'pages', `${name}.${language}.md`), 'utf8');
  const write = (file: string, content: string | Buffer) => {
    mkdirSync(path.dirname(inBook(file)), { recursive: true });
    writeFileSync(inBook(file), content);
  };
  if (existsSync(WEB)) {
    write('index.md', page('index'));
    write('web.md', page('web'));
  } else {
    write('index.md', page('index').replace('\nweb\n', '\n'));
  }
  const names = [...notebooks.keys()].map((name) => `notebooks/${name}`);
  const linked = new LinkedPages(new Set([...names, 'notebooks/README.md']));
  for (const [name, notebook] of notebooks) {
    const file = `notebooks/${name}`;
    const withFiles = await withPictures(notebook, inBook('static', 'figures'));
    write(file, JSON.stringify(linked.relinkNotebook(withFiles, file)));
  }
  for (const [from, to] of [
    [path.join(PROJECT_DIRECTORY, 'notebooks', 'README.md'), 'notebooks/README.md'],
    [path.join(KOREAN, 'glossary.md'), 'notebooks/glossary.md'],
  ] as const) {
    write(to, linked.relink(readFileSync(from, 'utf8'), to));
  }
  for (const { file, content } of linked.all()) write(file, content);
}

/** Copies the page that classifies pictures into the site, where it has been built. */
export function copyWeb(site: string): void {
  if (existsSync(WEB)) cpSync(WEB, path.join(site, 'web'), { recursive: true });
}

async function withPictures(notebook: Notebook, folder: string): Promise<Notebook> {
  mkdirSync(folder, { recursive: true });
  return mapOutputs(notebook, (output) => {
    const page = pageOutput(output, '../_static/figures');
    if (page.picture) writeFileSync(path.join(folder, page.picture.file), page.picture.png);
    return Promise.resolve(page.output);
  });
}
