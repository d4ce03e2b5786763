import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { transform } from 'esbuild';

/** Of the fonts, in the notation of @fontsource's style sheets. */
const WEIGHTS = ['400', '400-italic', '700'];
const FAMILIES = ['@fontsource/ibm-plex-sans', '@fontsource/ibm-plex-sans-kr'];

/**
 * Writes what pages load beside themselves: plotly.js, and the fonts that the pictures are drawn
 * with, in the small files of which a browser takes those whose characters it meets.
 * @param folder the book's own static files
 */
export async function writeAssets(folder: string): Promise<void> {
  const plotly = readFileSync(require.resolve('plotly.js-dist'), 'utf8');
  const { code } = await transform(plotly, { minify: true, legalComments: 'inline' });
  writeFileSync(path.join(folder, 'plotly.min.js'), code);
  writeFonts(path.join(folder, 'fonts'));
}

function writeFonts(folder: string): void {
  mkdirSync(path.join(folder, 'files'), { recursive: true });
  const sheets: string[] = [];
  for (const family of FAMILIES) {
    const source = path.dirname(require.resolve(`${family}/package.json`));
    cpSync(path.join(source, 'LICENSE'), path.join(folder, `LICENSE-${path.basename(family)}.txt`));
    const there = new Set(readdirSync(source));
    for (const weight of WEIGHTS.filter((name) => there.has(`${name}.css`))) {
      const sheet = readFileSync(path.join(source, `${weight}.css`), 'utf8')
        // Browsers that know no WOFF2 know none of the pages' style sheets either.
        .replace(/, url\([^)]*\.woff\) format\('woff'\)/g, '');
      sheets.push(sheet);
      for (const [, file = ''] of sheet.matchAll(/url\(\.\/(files\/[^)]+)\)/g)) {
        cpSync(path.join(source, file), path.join(folder, file));
      }
    }
  }
  writeFileSync(path.join(folder, 'fonts.css'), sheets.join('\n'));
}
