import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { runnerArguments } from '../../lib/setup/notebooks.mjs';
import { PATHS } from '../../lib/setup/paths.mjs';
import { figuresWithoutPicture, unmet, type Expectation, type Notebook } from './expectations.js';

const bounds = channel('googlenet:bound');
const OUTPUT = path.join(PATHS.cache, 'tested-notebooks');
const EXPECTED = path.join(import.meta.dirname, 'expected');

/** A short run: what the notebooks do, on few images. */
const RUN = {
  dataset: 'generated',
  samples: 256,
  batchSize: 64,
  epochs: 2,
  checkpointEpochs: [0],
};
const PARAMETERS = {
  '01-inception-naive': { batchSize: 2 },
  '02-inception-dimension-reduction': { batchSize: 2 },
  '03-googlenet': { batchSize: 4 },
  '04-cifar10-training': RUN,
  '05-cifar10-evaluation': { ...RUN, testSamples: 100 },
  '06-back-propagation-from-the-middle': { dataset: 'generated', samples: 64, epochs: 1 },
  '07-what-the-curve-hides': { dataset: 'generated', samples: 64, epochs: 1 },
};

const names = readdirSync(PATHS.notebooks)
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => path.basename(file, '.ipynb'));

function readNotebook(folder: string, name: string): Notebook {
  return JSON.parse(readFileSync(path.join(folder, `${name}.ipynb`), 'utf8')) as Notebook;
}

suite('notebooks', () => {
  let report = '';

  before(async () => {
    // The exit code is left to the tests of the single notebooks.
    const { stdout, stderr } = await promisify(execFile)(
      PATHS.python,
      runnerArguments(OUTPUT, PARAMETERS),
      { env: projectEnvironment(), maxBuffer: 2 ** 26 },
    ).catch((error: unknown) => error as { stdout: string; stderr: string });
    report = `${stdout}\n${stderr}`;
  });

  for (const name of names) {
    test(`${name} runs from top to bottom`, () => {
      const row = new RegExp(`^${name} .*$`, 'm').exec(report)?.[0] ?? '';
      assert.match(row, /ok$/, report);
    });

    const expectations = JSON.parse(
      readFileSync(path.join(EXPECTED, `${name}.json`), 'utf8'),
    ) as Expectation[];

    test(`${name} prints the right numbers`, () => {
      const notebook = readNotebook(OUTPUT, name);
      const note = (bound: unknown): void => {
        bounds.publish(bound);
      };
      assert.deepEqual(unmet(notebook, expectations, note), []);
      assert.deepEqual(figuresWithoutPicture(notebook), []);
    });

    test(`${name} as it is kept has the same numbers, whatever its parameters were, and a picture of each figure`, () => {
      const kept = readNotebook(PATHS.notebooks, name);
      const numbers = expectations.map(({ cell, near = [] }) => ({ cell, near }));
      assert.deepEqual(unmet(kept, numbers), []);
      assert.deepEqual(figuresWithoutPicture(kept), []);
    });

    test(`${name} is a page whose figures are described and whose solutions are hidden`, () => {
      const page = readFileSync(path.join(OUTPUT, `${name}.html`), 'utf8');
      for (const [picture] of page.matchAll(/<img [^>]{0,2000}/g)) {
        assert.match(picture, /^<img alt="[^"]{40,}" /);
      }
      assert.doesNotMatch(page, /<summary>Solution<\/summary>\s*<\/details>/);
    });

    test(`${name} is a page with the notebook's title, whose links lead to what there is`, () => {
      const page = readFileSync(path.join(OUTPUT, `${name}.html`), 'utf8');
      assert.match(page, /<title>GoogLeNet \d · \S.*<\/title>/);
      for (const [, link = ''] of page.matchAll(/<a href="([^"#]+)[^"]*"/g)) {
        if (/^https?:/.test(link)) continue;
        assert.doesNotMatch(link, /\.ipynb$/);
        assert.ok(existsSync(path.join(OUTPUT, decodeURI(link))), link);
      }
    });
  }

  test('a notebook without a page or an expectation is noticed', () => {
    assert.deepEqual(
      readdirSync(EXPECTED).map((file) => path.basename(file, '.json')),
      names,
    );
    for (const name of names) assert.ok(readFileSync(path.join(OUTPUT, `${name}.html`)).length > 0);
  });
});
