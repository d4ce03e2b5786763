import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { labArguments } from '../../lib/setup/lab.mjs';
import { notebookFile } from '../../lib/setup/notebooks.mjs';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';

/** Under which a notebook holds an interactive figure. */
const PLOTLY = 'application/vnd.plotly.v1+json';

/** What JupyterLab says of itself on a machine that is busy. */
const SLOW_START = /^Plugin \S+ .*(is taking too long|took [\d.]+ms) to activate\.$/;

interface Cell {
  cell_type: string;
  id: string;
  source: string[];
  metadata: { tags?: string[] };
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}

/** JupyterLab as `npm run lab` starts it, with settings and runs of its own. */
export interface Lab {
  /** Copies a notebook, with other values in its parameters cell; of its code only these cells, if named. */
  copy(name: string, parameters?: Record<string, unknown>, cells?: readonly string[]): void;
  /** The interactive figures that the copy's file has. */
  savedFigures(name: string): { data: { y: number[] }[] }[];
  /** Opens the copy in a page of the browser's. */
  open(browser: Browser, name: string, options?: PageOptions): Promise<LabPage>;
  close(): Promise<void>;
}

export interface PageOptions {
  width?: number;
  colorScheme?: 'light' | 'dark';
}

/** A notebook that is open in JupyterLab. */
export interface LabPage {
  page: Page;
  /** What the console, the page and the network had to object to. */
  objections: string[];
  /** Closes the page, and ends its kernel. */
  close: () => Promise<void>;
}

export async function startLab(): Promise<Lab> {
  // In the project: a notebook's imports are found from where it is.
  mkdirSync(path.join(PROJECT, 'output'), { recursive: true });
  const folder = mkdtempSync(path.join(PROJECT, 'output', 'lab-'));
  const token = 'test';
  const lab = spawn(
    PATHS.python,
    [...labArguments(), '--no-browser', '--port=0', `--IdentityProvider.token=${token}`],
    {
      cwd: PROJECT,
      env: {
        ...projectEnvironment(),
        JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
        JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
        GOOGLENET_RUNS: path.join(folder, 'runs'),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise<void>((resolve) => lab.once('close', resolve));
  const base = await new Promise<string>((resolve, reject) => {
    let log = '';
    lab.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [address] = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(log) ?? [];
      if (address !== undefined) resolve(address);
    });
    lab.once('close', () => {
      reject(new Error(`JupyterLab ended:\n${log}`));
    });
  });

  const file = (name: string) => path.join(folder, `${name}.ipynb`);
  const read = (from: string) => JSON.parse(readFileSync(from, 'utf8')) as { cells: Cell[] };
  return {
    copy(name, parameters = {}, cells) {
      const notebook = read(notebookFile(name));
      if (cells !== undefined) {
        notebook.cells = notebook.cells.filter(({ id }) => cells.includes(id));
      }
      for (const cell of notebook.cells) {
        if (cell.cell_type === 'code') cell.outputs = [];
        if (!cell.metadata.tags?.includes('parameters')) continue;
        cell.source = cell.source.map((line) =>
          line.replace(/^(let (\w+).*?) = .+;/, (whole, start: string, parameter: string) =>
            parameter in parameters
              ? `${start} = ${JSON.stringify(parameters[parameter])};`
              : whole,
          ),
        );
      }
      writeFileSync(file(name), JSON.stringify(notebook));
    },
    savedFigures: (name) =>
      read(file(name)).cells.flatMap(({ outputs = [] }) =>
        outputs.flatMap(({ data = {} }) =>
          PLOTLY in data ? [data[PLOTLY] as { data: { y: number[] }[] }] : [],
        ),
      ),
    async open(browser, name, { width = 1280, colorScheme = 'light' } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const objections: string[] = [];
      page.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return;
        if (!SLOW_START.test(message.text())) objections.push(message.text());
      });
      page.on('pageerror', (error) => objections.push(String(error)));
      page.on('requestfailed', (request) => {
        const error = request.failure()?.errorText;
        // A page that is reloaded gives up what it asked for.
        if (error !== 'net::ERR_ABORTED') objections.push(`failed: ${request.url()}: ${error}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) objections.push(`${response.status()}: ${response.url()}`);
      });
      const where = path.relative(PROJECT, file(name));
      // A workspace of its own: JupyterLab opens again what was open in the last page.
      const workspace = `${base}/lab/workspaces/${randomUUID()}`;
      await page.goto(`${workspace}/tree/${where}?token=${token}`);
      return {
        page,
        objections,
        async close() {
          await context.close();
          const headers = { Authorization: `token ${token}` };
          const sessions = await fetch(`${base}/api/sessions`, { headers });
          for (const { id } of (await sessions.json()) as { id: string }[]) {
            await fetch(`${base}/api/sessions/${id}`, { method: 'DELETE', headers });
          }
        },
      };
    },
    async close() {
      lab.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
