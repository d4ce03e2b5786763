import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { kernelSpec } from '../../lib/setup/kernel.mjs';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';
import type { Notebook } from './expectations.js';

const RUN_FILES = path.join(PROJECT, 'lib', 'dist', 'training', 'runFiles.js');

const all = mkdtempSync(path.join(tmpdir(), 'notebooks 노트북 '));
after(() => {
  rmSync(all, { recursive: true });
});

/** Of the test at hand. */
let folder = '';
function newFolder() {
  folder = mkdtempSync(path.join(all, 'of one test '));
}

function heading(id: string, text: string) {
  return { cell_type: 'markdown', id, source: text, metadata: {} };
}

/** A code cell that an earlier run has left `stale` below. */
function cell(id: string, source: string, ...tags: string[]) {
  const stale = { output_type: 'stream', name: 'stdout', text: `stale ${id}` };
  return {
    cell_type: 'code',
    id,
    source,
    metadata: { tags },
    execution_count: 7,
    outputs: [stale],
  };
}

function write(name: string, cells: unknown[]): string {
  const file = path.join(folder, `${name}.ipynb`);
  writeFileSync(file, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return file;
}

const output = () => path.join(folder, 'output');

function runnerArguments(files: string[], parameters: unknown = {}): string[] {
  return [
    ...[PATHS.runNotebooks, '--output', output(), '--logs', folder],
    ...['--parameters', JSON.stringify(parameters), ...files],
  ];
}

interface Execution {
  parameters?: unknown;
  environment?: NodeJS.ProcessEnv;
  options?: string[];
}

function execute(
  files: string[],
  { parameters = {}, environment = {}, options = [] }: Execution = {},
) {
  return spawnSync(PATHS.python, [...runnerArguments(files, parameters), ...options], {
    encoding: 'utf8',
    env: { ...projectEnvironment(), ...environment },
  });
}

/** The cells of an executed notebook. */
function executed(name: string) {
  const text = readFileSync(path.join(output(), `${name}.ipynb`), 'utf8');
  return (JSON.parse(text) as Notebook).cells;
}

const printed = (name: string) =>
  executed(name).map(({ outputs = [] }) =>
    outputs.map(({ text }) => [text].flat().join('')).join(),
  );

describe('a notebook with a cell that fails', () => {
  let result: ReturnType<typeof execute>;
  before(() => {
    newFolder();
    result = execute([
      write('failing', [
        cell('first', "console.log('fresh'); console.warn('Error: only a warning')"),
        cell('second', "console.warn('Error: a red herring'); throw new Error('a wrong number')"),
        cell('third', "console.log('never')"),
      ]),
    ]);
  });

  test('ends the program with exit code 1, naming notebook, cell and error', () => {
    assert.equal(result.status, 1);
    assert.match(result.stdout, /^failing +3 +\d+ +cell 2 failed: Error: a wrong number$/m);
    assert.match(result.stderr, /^ +at /m, 'and shows where');
    assert.doesNotMatch(result.stderr, /herring/);
  });

  test('is written without what an earlier run showed', () => {
    const [first = '', second = '', third] = printed('failing');
    assert.match(first, /fresh/);
    assert.match(second, /a wrong number/);
    assert.equal(third, '');
  });
});

describe('the cause', () => {
  beforeEach(newFolder);
  for (const [what, source, cause] of [
    ['of the compiler', "const n: number = 'text'", "TypeScript: 1:7 - Type 'string' is not .*"],
    [
      'in showing a value',
      '({ get [Symbol.toStringTag]() { throw new TypeError("of it") } })',
      'TypeError: of it',
    ],
    ['that ends the kernel', 'process.exit(0)', 'the kernel died'],
  ] as const) {
    test(`${what} is named`, () => {
      const { status, stdout } = execute([write('failing', [cell('only', source)])]);
      assert.equal(status, 1);
      assert.match(stdout, new RegExp(`^failing +1 +\\d+ +cell 1 failed: ${cause}$`, 'm'));
    });
  }
});

describe('a cell that may fail, and does', () => {
  beforeEach(newFolder);
  const may = 'raises-exception';

  test('lets the cells after it run, and their failures count', () => {
    const file = write('allowed', [
      cell('thrown', "throw new Error('allowed')", may),
      cell('next', "console.log('goes on')"),
      cell('refused', "const n: number = 'text'", may),
      cell('after', "console.log('still')"),
      cell('last', "throw new Error('counts')"),
    ]);
    const { status, stdout } = execute([file]);
    assert.equal(status, 1);
    assert.match(stdout, /^allowed +5 +\d+ +cell 5 failed: Error: counts$/m);
    const [first = '', second, , fourth] = printed('allowed');
    assert.match(first, /allowed/);
    assert.deepEqual([second, fourth], ['goes on\n', 'still\n']);
  });

  test('without the mending of tslab ends the notebook, and what was not executed is not ok', () => {
    const spec = JSON.parse(kernelSpec()) as { argv: string[] };
    const mending = spec.argv.indexOf(PATHS.mendTslab);
    spec.argv.splice(mending - 1, 2);
    const kernels = path.join(folder, 'kernels', 'tslab');
    mkdirSync(kernels, { recursive: true });
    writeFileSync(path.join(kernels, 'kernel.json'), JSON.stringify(spec));
    const file = write('allowed', [
      cell('thrown', "throw new Error('allowed')", may),
      cell('next', "throw new Error('unseen')"),
    ]);
    const { status, stdout } = execute([file], { environment: { JUPYTER_PATH: folder } });
    assert.equal(status, 1);
    assert.match(stdout, /^allowed +2 +\d+ +cell 2 was not executed: the kernel answered abort$/m);
  });
});

describe('parameters', () => {
  beforeEach(newFolder);
  const cells = [
    cell('set', "let epochs = 1;\nlet name = 'none';", 'parameters'),
    cell('show', 'console.log(epochs, name)'),
  ];

  test('take the place of those that an earlier execution injected', () => {
    const first = write('notebook', cells);
    execute([first], { parameters: { notebook: { epochs: 2, name: '둘 "2"' } } });
    const second = write('again', executed('notebook'));
    const { status, stdout, stderr } = execute([second], { parameters: { again: { epochs: 3 } } });
    assert.equal(status, 0, stdout + stderr);
    const [, injected, show, ...others] = executed('again');
    assert.deepEqual(injected?.metadata.tags, ['injected-parameters']);
    const source = [injected.source].flat().join('');
    assert.match(source, /\nepochs = 3;$/);
    assert.doesNotMatch(source, /epochs = 2/);
    assert.equal([show?.outputs?.[0]?.text].flat().join(''), '3 둘 "2"\n');
    assert.deepEqual(others, []);
  });
});

describe('headings', () => {
  beforeEach(newFolder);

  test('tell which cell runs', () => {
    const cells = [
      heading('title', '# The title'),
      cell('first', '1'),
      heading('section', '## The `second` section\n\n```sh\n# no heading\n```'),
      cell('second', 'await new Promise((resolve) => setTimeout(resolve, 2500))'),
      heading('text', 'No heading here.'),
      cell('third', "throw new Error('here')"),
    ];
    // A terminal is where a line shows each second.
    const { stdout } = spawnSync(
      'python3',
      [
        ...['-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'],
        ...[PATHS.python, ...runnerArguments([write('sections', cells)])],
      ],
      { encoding: 'utf8', env: projectEnvironment() },
    );
    assert.match(stdout, /sections: The second section, \d+ s/);
    assert.match(
      stdout,
      /^sections +3 +\d+ +cell 3 \(The second section\) failed: Error: here\r?$/m,
    );
  });

  test('give a page its title', () => {
    const cells = [cell('first', '1'), heading('title', '# `Title` & *more*\n\n## Section')];
    execute([write('titled', cells), write('untitled', [cell('only', '1')])]);
    const title = (name: string) =>
      /<title>(.*)<\/title>/.exec(readFileSync(path.join(output(), `${name}.html`), 'utf8'))?.[1];
    assert.equal(title('titled'), 'Title &amp; *more*');
    assert.equal(title('untitled'), 'untitled');
  });
});

describe('the links of a page', () => {
  beforeEach(newFolder);

  test("lead where the notebook's lead, and to the pages of other notebooks", () => {
    const links = [
      '[next](next.ipynb#A%20section)',
      '[absent](absent.ipynb)',
      '[file](../a%20file.ts?plain=1)',
      '<a href="../folder/README.md">folder</a>',
      '[web](https://example.com/next.ipynb)',
      '[section](#Section)',
    ];
    const files = [
      write('links', [heading('only', links.join('\n\n'))]),
      write('next', [cell('only', '1')]),
    ];
    const { status, stderr } = execute(files);
    assert.equal(status, 0, stderr);
    const page = readFileSync(path.join(output(), 'links.html'), 'utf8');
    const body = page.slice(page.indexOf('<body'));
    assert.deepEqual(
      [...body.matchAll(/<a href="([^"]*)"/g)].map(([, link]) => link),
      [
        'next.html#A%20section',
        '../absent.ipynb',
        '../../a%20file.ts?plain=1',
        '../../folder/README.md',
        'https://example.com/next.ipynb',
        '#Section',
      ],
    );
  });
});

describe('the results', () => {
  const ODD = '<&"\'>]]>\u0000\u001b[31m\ud800\ufffe둘';
  const junit = () => path.join(folder, 'results.xml');
  let result: ReturnType<typeof execute>;
  before(() => {
    newFolder();
    writeFileSync(junit(), 'of an earlier execution');
    result = execute(
      [
        write('good', [cell('only', '1')]),
        write('odd', [
          heading('title', `# ${ODD.replace('\ud800', '')}`),
          cell('only', `throw new Error(${JSON.stringify(ODD)})`),
        ]),
      ],
      { options: ['--json', '--junit', junit()], environment: { LC_ALL: 'C' } },
    );
  });

  test('as JSON are alone on standard output, and the rest is told beside it', () => {
    assert.equal(result.status, 1, result.stderr);
    const [good, odd, ...others] = JSON.parse(result.stdout) as Record<string, unknown>[];
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...good, seconds: 0 },
      { notebook: 'good', cells: 1, seconds: 0, failure: '', detail: '' },
    );
    assert.equal(odd?.notebook, 'odd');
    assert.ok(String(odd.failure).includes(`failed: Error: ${ODD}`));
    assert.match(String(odd.detail), /^ +at /m);
    assert.match(result.stderr, /^good: ok, \d+ s$/m);
    assert.match(result.stderr, /^notebook +cells +seconds +result$/m);
  });

  test("as JUnit's XML are well-formed whatever was thrown", () => {
    const { window } = new JSDOM('');
    const text = readFileSync(junit(), 'utf8');
    const document = new window.DOMParser().parseFromString(text, 'application/xml');
    const suite = document.querySelector('testsuites > testsuite');
    assert.equal(suite?.getAttribute('tests'), '2');
    assert.equal(suite.getAttribute('failures'), '1');
    const cases = [...suite.querySelectorAll('testcase')];
    assert.deepEqual(
      cases.map((each) => [each.getAttribute('name'), each.querySelectorAll('failure').length]),
      [
        ['good', 0],
        ['odd', 1],
      ],
    );
    const failure = cases[1]?.querySelector('failure');
    const shown = '<&"\'>]]>\ufffd\ufffd[31m\ufffd\ufffd둘';
    assert.ok(failure?.getAttribute('message')?.endsWith(`failed: Error: ${shown}`));
    assert.ok(failure?.textContent.includes(shown));
  });

  test('and the notebook and its page are written all the same', () => {
    assert.match(printed('odd').join(''), /둘/);
    assert.match(readFileSync(path.join(output(), 'odd.html'), 'utf8'), /둘/);
  });

  test('of an earlier execution are gone where one is stopped', () => {
    const stopped = write('stops', [cell('only', 'process.kill(process.ppid, "SIGINT")')]);
    writeFileSync(junit(), 'of an earlier execution');
    const { status, stdout, stderr } = execute([stopped], {
      options: ['--json', '--junit', junit()],
    });
    assert.equal(status, 130);
    assert.equal(stdout, '');
    assert.match(stderr, /^stopped$/m);
    assert.equal(existsSync(junit()), false);
  });
});

describe('the runs of the notebooks', () => {
  beforeEach(newFolder);
  const train = `
    import { existsSync, mkdirSync } from 'fs';
    const { runDirectory } = require(${JSON.stringify(RUN_FILES)});
    const directory = runDirectory({ id: 'generated' }, {});
    if (existsSync(directory)) throw new Error('it was trained before');
    mkdirSync(directory, { recursive: true });
    console.log(directory);`;

  test('have a folder of their own, empty at the start, which they share', () => {
    const files = [
      write('train', [cell('only', train)]),
      write('evaluate', [cell('only', train.replace('if (existsSync', 'if (!existsSync'))]),
    ];
    for (let time = 0; time < 2; time++) {
      const { status, stdout, stderr } = execute(files);
      assert.equal(status, 0, stdout + stderr);
    }
    assert.equal(path.dirname(printed('train')[0] ?? ''), path.join(output(), 'runs'));
  });

  test('are kept where that is asked for', () => {
    const run = path.join(output(), 'runs', 'a run');
    mkdirSync(run, { recursive: true });
    execute([write('first', [cell('only', '1')])], { options: ['--keep-runs'] });
    assert.ok(existsSync(run));
    execute([write('second', [cell('only', '1')])]);
    assert.equal(existsSync(run), false);
  });

  test('are not emptied under a second execution, but once the first one was killed', async () => {
    const file = write('long', [
      cell(
        'started',
        `import { writeFileSync } from 'fs'; writeFileSync(${JSON.stringify(path.join(folder, 'started'))}, '');`,
      ),
      cell('waits', 'await new Promise((resolve) => setTimeout(resolve, 120_000))'),
    ]);
    const first = spawn(PATHS.python, runnerArguments([file]), { env: projectEnvironment() });
    first.stdout.resume();
    while (!existsSync(path.join(folder, 'started'))) {
      assert.equal(first.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const run = path.join(output(), 'runs', 'a run');
    mkdirSync(run, { recursive: true });
    const refused = execute([file]);
    assert.equal(refused.status, 1);
    assert.equal(
      refused.stderr,
      `notebooks are being executed into ${output()} already: wait for that, or stop it\n`,
    );
    assert.ok(existsSync(run));

    first.kill('SIGKILL');
    await once(first, 'close');
    const { status, stderr } = execute([write('short', [cell('only', '1')])]);
    assert.equal(status, 0, stderr);
    assert.equal(existsSync(run), false);
  });
});
