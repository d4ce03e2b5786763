import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIRECTORY } from '../files';
import { buildBook, type Untranslated } from './build';

const HELP = `The notebooks as a book, in English and Korean, in output/book.

usage: npm run book -- [options]

  --serve               show it: at an address of this machine alone, until Ctrl-C
  --output DIR          the folder for it (default: output/book)
  --help

The book shows the notebooks as they stand in notebooks, with their outputs. It needs no network.
Cells and figures without a Korean text are named, and stand in English in the Korean book:
notebooks/ko/README.md tells how to write one.`;

/** @param python one that has Sphinx */
async function main([python = '', ...args]: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      serve: { type: 'boolean', default: false },
      output: { type: 'string', default: path.join(PROJECT_DIRECTORY, 'output', 'book') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const site = path.resolve(values.output);
  report(await buildBook(site, python));
  console.log(`The book: ${path.join(site, 'index.html')}`);
  if (values.serve) serve(python, site);
  else console.log('To read it with its search: npm run book -- --serve');
}

function report({ cells, texts }: Untranslated): void {
  for (const [notebook, gaps] of cells) {
    for (const { kind, cell, digest } of gaps) {
      console.log(`${notebook}: cell ${cell} ${kind}${digest && ` (sha256 ${digest})`}`);
    }
  }
  for (const text of texts) console.log(`figures.json: no entry for ${JSON.stringify(text)}`);
}

/** Serves the book at a free port of the loopback address; the program prints which. */
function serve(python: string, site: string): void {
  const child = spawn(
    python,
    ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', site, '0'],
    { stdio: 'inherit' },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
