// @ts-check
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const LIB = path.dirname(HERE);
const DATA = path.join(LIB, '..', 'data');
const WEIGHTS = path.join(DATA, 'experiments', 'recipe_seed_1_float16.safetensors');

/** Pixels that a drawing is wide and high. */
const DRAWING = 128;

/**
 * Makes the page in which the trained network classifies pictures, a folder of files for any web
 * server or for none: index.html in English, ko.html in Korean, and what they load. It loads nothing
 * from elsewhere.
 *
 * @param {string} directory is made where it is not there; of what is in it, the page's files are replaced
 * @param {{ en: string, ko: string }} [books] addresses that the pages link to as the book that they
 *   are part of; left out, they link to none
 * @throws Error if the recorded weights are not there, or something of Node's would come into the page
 */
export async function buildWebPage(directory, books) {
  await mkdir(directory, { recursive: true });
  const { metafile } = await build({
    entryPoints: ['page.ts', 'weights.ts'].map((file) => path.join(HERE, file)),
    outdir: directory,
    bundle: true,
    minify: true,
    keepNames: true,
    metafile: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    loader: { '.safetensors': 'binary', '.wasm': 'dataurl' },
    alias: { 'recipe.safetensors': WEIGHTS },
    plugins: [libraryInBrowser, drawings],
  });
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  if (left.length > 0) {
    throw new Error(`A browser does not have ${left.map(({ path }) => path).join(', ')}.`);
  }
  await writeFile(path.join(directory, 'page.css'), await readFile(path.join(HERE, 'page.css')));
  for (const [language, file] of Object.entries(FILES)) {
    const page = await html(/** @type {Language} */ (language), books);
    await writeFile(path.join(directory, file), page);
  }
}

/**
 * A drawing of a class, as the page has it.
 * @param {string} svg
 * @returns a PNG
 */
export function renderDrawing(svg) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: DRAWING } }).render().asPng();
}

/** @typedef {'en' | 'ko'} Language */

const FILES = { en: 'index.html', ko: 'ko.html' };

/** The packages of the library's rooms that come into the page; a browser can run them. */
const PACKAGES = /^(@petamoriken\/float16|pure-rand)(\/|$)/;

/**
 * The library's own network for a browser: its room `runtime` is another there. What stands behind a
 * door and is not asked for stays out, with the packages that it uses.
 * @type {import('esbuild').Plugin}
 */
const libraryInBrowser = {
  name: 'library in a browser',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\.\.\/runtime$/ }, () => ({ path: path.join(HERE, 'runtime.ts') }));
    onResolve({ filter: /./ }, async ({ path: name, pluginData, ...where }) => {
      const { importer } = where;
      const isRoom = importer.startsWith(LIB + path.sep) && !importer.includes('node_modules');
      if (!isRoom || importer.startsWith(HERE + path.sep) || pluginData === 'asked') {
        return undefined;
      }
      const isPackage = !name.startsWith('.') && !PACKAGES.test(name);
      const resolved = isPackage
        ? { path: name, external: true }
        : await resolve(name, { ...where, pluginData: 'asked' });
      // Beside `runtime`, no room of the library does anything by being imported.
      return { ...resolved, sideEffects: false };
    });
  },
};

/** @type {import('esbuild').Plugin} */
const drawings = {
  name: 'drawings',
  setup({ onLoad }) {
    onLoad({ filter: /\.svg$/ }, ({ path }) => {
      const png = renderDrawing(readFileSync(path, 'utf8')).toString('base64');
      return { contents: `data:image/png;base64,${png}`, loader: 'text' };
    });
  },
};

/**
 * The page in a language.
 * @param {Language} language
 * @param {{ en: string, ko: string } | undefined} books
 */
async function html(language, books) {
  /** @type {Record<Language, Record<string, string>>} */
  const texts = JSON.parse(await readFile(path.join(HERE, 'texts.json'), 'utf8'));
  const own = texts[language];
  const other = language === 'en' ? 'ko' : 'en';
  const links = [
    ...(books ? [`<a href="${books[language]}">${own.back}</a>`] : []),
    `<a href="${FILES[other]}" lang="${other}" hreflang="${other}">${own.other_language}</a>`,
  ];
  /** @type {Record<string, string | undefined>} */
  const values = { ...own, language, links: links.join(' ') };
  const template = await readFile(path.join(HERE, 'page.html'), 'utf8');
  return template.replace(/\{\{(\w+)\}\}/g, (_, key) => {
    const value = values[key];
    if (value === undefined) throw new Error(`page.html: there is no text ${key}.`);
    return value;
  });
}
