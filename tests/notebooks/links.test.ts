import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { labArguments } from '../../lib/setup/lab.mjs';
import { PROJECT } from '../../lib/setup/paths.mjs';
import type { Notebook } from './expectations.js';

/** What git keeps, in its own notation: a link to anything else is dead on GitHub. */
const KEPT = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: PROJECT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => existsSync(path.join(PROJECT, file)));
/** But the pages that only the book has: their links are the book's, and its own tests follow them. */
const PAGES = KEPT.filter(
  (file) => /\.(md|ipynb)$/.test(file) && !file.startsWith('lib/book/pages/'),
);

function textOf(page: string): string {
  const text = readFileSync(path.join(PROJECT, page), 'utf8');
  if (page.endsWith('.md')) return text;
  return (JSON.parse(text) as Notebook).cells
    .filter(({ cell_type }) => cell_type === 'markdown')
    .map(({ source }) => [source].flat().join(''))
    .join('\n');
}

/** What the links and pictures of a page within the project lead to, from the project's folder. */
function targets(page: string): string[] {
  const prose = textOf(page).replace(/^```.*?^```/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:href|src)="([^"]+)"/g)]
    .map(([, markdown, html]) => markdown ?? html ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => path.posix.join(folderOf(page), decodeURI(link)));
}

/** Where a page's links start: what a file holds of a notebook's cells stands in the notebook. */
function folderOf(page: string): string {
  const folder = path.posix.dirname(page);
  return textOf(page).startsWith('<!-- cell ') ? path.posix.dirname(folder) : folder;
}

test('every link leads to a file or a folder that git keeps', () => {
  assert.ok(PAGES.flatMap(targets).length > 100);
  for (const page of PAGES) {
    for (const target of targets(page)) {
      const found = KEPT.some((file) => file === target || file.startsWith(`${target}/`));
      assert.ok(found, `${page} leads to ${target}`);
    }
  }
});

suite('in JupyterLab', () => {
  const runtime = mkdtempSync(path.join(tmpdir(), 'a server '));
  let server: ChildProcess;
  let url = '';
  let token = '';

  before(async () => {
    server = spawn(
      path.join(PROJECT, '.venv', 'bin', 'python'),
      [...labArguments(), '--no-browser', '--ServerApp.port=0'],
      { env: { ...projectEnvironment(), JUPYTER_RUNTIME_DIR: runtime }, stdio: 'ignore' },
    );
    let description: string | undefined;
    while (description === undefined) {
      assert.equal(server.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 200));
      description = readdirSync(runtime).find((file) => /^jpserver-\d+\.json$/.test(file));
    }
    ({ url, token } = JSON.parse(readFileSync(path.join(runtime, description), 'utf8')) as {
      url: string;
      token: string;
    });
  });
  after(async () => {
    server.kill();
    await once(server, 'exit');
    rmSync(runtime, { recursive: true });
  });

  const ask = (address: string) =>
    fetch(new URL(address, url), { headers: { Authorization: `token ${token}` } });

  test('every link of a notebook leads to what the server has', async () => {
    for (const page of PAGES.filter((file) => file.startsWith('notebooks/'))) {
      for (const target of new Set([page, ...targets(page)])) {
        const { status } = await ask(`api/contents/${encodeURI(target)}?content=0`);
        assert.equal(status, 200, `${page} leads to ${target}`);
      }
    }
  });

  test('the folder of the notebooks is what it opens', async () => {
    const { status, url: opened } = await ask('');
    assert.equal(status, 200);
    assert.equal(new URL(opened).pathname, '/lab/tree/notebooks');
  });
});
