/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { GoogLeNet, loadStateDict } from 'googlenet/nn';
import { RECIPE_WEIGHTS } from 'googlenet/notebook';
import { tf } from 'googlenet/runtime';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { CIFAR10 } from '../../lib/dist/data/cifar10/description';
import { buildWebPage, renderDrawing } from '../../lib/web/build.mjs';
import { networkInput } from '../../lib/web/networkInput';
import texts from '../../lib/web/texts.json';
import { assertWithin, largestDifference } from '../bounds/assertWithin';
import { startServer, type FileServer } from '../data/fileServer';
import { startChromium, WITHOUT_CHROMIUM } from '../chromium';
import { blackPng, pictureOf, wavesPng, withOrientation } from './pictures';

const LIB = path.join(__dirname, '..', '..', 'lib');
const AXE = createRequire(__filename).resolve('axe-core/axe.min.js');

/** A picture as a file that is chosen. */
interface File {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const png = (name: string, buffer: Buffer): File => ({ name, mimeType: 'image/png', buffer });

const PICTURES = [
  png('small.png', wavesPng(20, 20)),
  png('as-it-is.png', wavesPng(32, 32)),
  png('wide.png', wavesPng(301, 127)),
  png('tall.png', wavesPng(97, 640)),
  png(
    'transparent.png',
    wavesPng(150, 150, (x, y) => (x + 2 * y) % 256),
  ),
];

describe('the page', { skip: WITHOUT_CHROMIUM }, () => {
  let directory: string;
  let server: FileServer;
  let browser: Browser;
  let network: GoogLeNet;
  /** What no page should have: errors, and requests that go elsewhere. */
  let objections: string[];

  before(async () => {
    browser = await startChromium();
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet web '));
    await buildWebPage(directory, { en: '../en/index.html', ko: '../ko/index.html' });
    server = await startServer();
    server.respond = (request, response) => {
      const { pathname } = new URL(request.url ?? '', server.base);
      const file = path.join(directory, pathname === '/' ? 'index.html' : pathname);
      const types: Record<string, string> = { '.html': 'text/html', '.css': 'text/css' };
      readFile(file).then(
        (bytes) => {
          const type = types[path.extname(file)] ?? 'text/javascript';
          response.writeHead(200, { 'content-type': type }).end(bytes);
        },
        () => response.writeHead(404).end(),
      );
    };
    network = new GoogLeNet(3, 'cifar10', { batchNorm: true });
    await loadStateDict(network, RECIPE_WEIGHTS);
  });

  after(async () => {
    await browser.close();
    server.close();
    network.dispose();
    await rm(directory, { recursive: true });
  });

  afterEach(() => {
    assert.deepEqual(objections, []);
  });

  async function open(
    address: string,
    options: { width?: number; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Page> {
    const { width = 1280, colorScheme = 'light' } = options;
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    page.setDefaultTimeout(180_000);
    objections = [];
    page.on('console', (message) => {
      if (message.type() === 'error') objections.push(message.text());
    });
    page.on('pageerror', (error) => objections.push(String(error)));
    page.on('request', (request) => {
      const url = request.url();
      if (!/^(data|blob):/.test(url) && !url.startsWith(new URL('.', address).href)) {
        objections.push(url);
      }
    });
    await page.goto(address);
    await page.waitForFunction(() => document.getElementById('made-with')?.textContent);
    return page;
  }

  /** Chooses a file, and waits for what the page says. */
  async function choose(page: Page, file: File): Promise<string> {
    await page.setInputFiles('#file', file);
    return said(page, file.name);
  }

  async function said(page: Page, name: string): Promise<string> {
    const answer = await page.waitForFunction((name) => {
      const [status = '', problem = ''] = ['status', 'problem'].map(
        (id) => document.getElementById(id)?.textContent ?? '',
      );
      return status.endsWith(`(${name})`) ? status : problem;
    }, name);
    return answer.jsonValue();
  }

  function shownProbabilities(page: Page): Promise<number[]> {
    return page
      .locator('#probabilities data')
      .evaluateAll((all) => all.map((one) => Number(one.getAttribute('value'))));
  }

  function nodeProbabilities({ buffer }: Pick<File, 'buffer'>): ArrayLike<number> {
    const image = networkInput(pictureOf(PNG.sync.read(buffer)));
    return tf.tidy(() =>
      tf.softmax(network.forward(tf.tensor3d(image, [32, 32, 3]))).dataSync<'float32'>(),
    );
  }

  /** Red, green and blue in the four corners of the network's input, row by row. */
  function corners(page: Page): Promise<number[][]> {
    return page.locator('canvas#input').evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      return [
        [8, 8],
        [24, 8],
        [8, 24],
        [24, 24],
      ].map(([x = 0, y = 0]) => [...(context?.getImageData(x, y, 1, 1).data ?? [])].slice(0, 3));
    });
  }

  /** What axe finds wrong with a page that shows all it can: a result, and a message. */
  async function axeViolations(page: Page): Promise<string[][]> {
    await page.locator('#drawings button').first().click();
    await page.waitForSelector('#branches figure');
    await page.setInputFiles('#file', png('noise.png', Buffer.from('noise')));
    await page.waitForFunction(() => document.getElementById('problem')?.textContent);
    await page.addScriptTag({ path: AXE });
    return page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: {
          run(
            options: object,
          ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
        };
      };
      // It would read the style sheet again, which a page opened as a file may not.
      const { violations } = await axe.run({ preload: false });
      return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
    });
  }

  /** Whether Chromium has what a backend needs. */
  async function has(backend: 'wasm' | 'webgl' | 'webgpu'): Promise<boolean> {
    const page = await browser.newPage();
    await page.goto(`${server.base}page.css`);
    const there = await page.evaluate(async (backend) => {
      if (backend === 'wasm') return true;
      if (backend === 'webgl') return new OffscreenCanvas(1, 1).getContext('webgl2') !== null;
      return Boolean(await (navigator.gpu as GPU | undefined)?.requestAdapter());
    }, backend);
    await page.close();
    return there;
  }

  for (const [backend, name] of [
    ['wasm', 'WebAssembly'],
    ['webgl', 'WebGL'],
    ['webgpu', 'WebGPU'],
  ] as const) {
    test(`on ${name} gives the probabilities of Node`, async (t) => {
      if (!(await has(backend))) {
        t.skip(`Chromium has no ${name} here`);
        return;
      }
      const page = await open(`${server.base}?backend=${backend}`);
      assert.match((await page.textContent('#made-with')) ?? '', new RegExp(` on ${name}, `));
      for (const file of PICTURES) {
        assert.match(await choose(page, file), /^\w+, [\d.]+% /);
        const expected = nodeProbabilities(file);
        const difference = largestDifference(await shownProbabilities(page), expected);
        assertWithin(difference, 1e-3, `${name} beside Node: ${file.name}`);
      }
      await page.close();
    });
  }

  test('offline, opened as a file, in Korean, dark and narrow: drawings as in Node', async () => {
    const page = await open(`file://${encodeURI(directory)}/ko.html`, {
      width: 360,
      colorScheme: 'dark',
    });
    await page.context().setOffline(true);
    for (const [label, className] of CIFAR10.classNames.entries()) {
      const korean = (texts.ko.classes as Record<string, string>)[className] ?? '';
      const button = page.getByRole('button', { name: `그림: ${korean}`, exact: true });
      await button.click();
      await said(page, `그림: ${korean}`);
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
      const svg = await readFile(path.join(LIB, 'web', 'pictures', `${className}.svg`), 'utf8');
      const probabilities = await shownProbabilities(page);
      const expected = nodeProbabilities({ buffer: renderDrawing(svg) });
      const difference = largestDifference(probabilities, expected);
      assertWithin(difference, 1e-3, `the page beside Node: drawing ${label}`);
    }
    assert.deepEqual(await axeViolations(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    await page.close();
  });

  describe('in English', () => {
    let page: Page;
    before(async () => {
      page = await open(server.base);
    });
    after(() => page.close());

    test('can be used by keyboard alone', async () => {
      const focused = () =>
        page.evaluate(() => {
          const { activeElement } = document;
          return activeElement?.id || activeElement?.textContent || activeElement?.tagName;
        });
      const order: unknown[] = [];
      for (let tab = 0; tab < 4; tab++) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      assert.deepEqual(order, ['Back to the book', '한국어', 'file', 'BUTTON']);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await said(page, 'drawing: automobile');
      await page.focus('#block');
      await page.keyboard.press('ArrowDown');
      await page.locator('#branches').getByText('128 maps of 4 × 4').first().waitFor();
    });

    test('shows the four branches of the chosen block', async () => {
      await page.getByRole('button', { name: 'drawing: ship' }).click();
      const figures = () => page.locator('#branches figcaption span').allTextContents();
      await said(page, 'drawing: ship');
      await page.selectOption('#block', '3a');
      await page.getByText(/^64 maps of 4 × 4/).waitFor();
      // The columns of the paper's table 1.
      const maps = async () =>
        (await figures()).map((text) => /(\d+) maps of (.*?)(,|$)/.exec(text));
      assert.deepEqual(
        (await maps()).map((match) => match?.slice(1, 3)),
        [64, 128, 32, 32].map((count) => [String(count), '4 × 4']),
      );
      assert.deepEqual(
        await page.locator('#probabilities th').allTextContents(),
        CIFAR10.classNames,
      );
      await page.selectOption('#block', '4e');
      await page.getByText(/256 maps of 2 × 2/).waitFor();
      assert.deepEqual(
        (await maps()).map((match) => match?.slice(1, 3)),
        [256, 320, 128, 128].map((count) => [String(count), '2 × 2']),
      );
    });

    test('turns a photograph as its EXIF orientation says', async () => {
      const base64 = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(64, 64);
        const context = canvas.getContext('2d');
        ['#f00', '#0f0', '#00f', '#fff'].forEach((colour, quarter) => {
          if (context === null) return;
          context.fillStyle = colour;
          context.fillRect((quarter % 2) * 32, Math.floor(quarter / 2) * 32, 32, 32);
        });
        const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
        return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
      });
      const jpeg = Buffer.from(base64, 'base64');
      // By the standard: what is seen of red, green, blue, white stored row by row.
      const seen = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB'];
      const colours: Record<string, number[]> = {
        R: [255, 0, 0],
        G: [0, 255, 0],
        B: [0, 0, 255],
        W: [255, 255, 255],
      };
      for (const [index, expected] of seen.entries()) {
        const orientation = index + 1;
        const name = `phone-${orientation}.jpg`;
        const buffer = withOrientation(jpeg, orientation);
        await choose(page, { name, mimeType: 'image/jpeg', buffer });
        const letters = (await corners(page)).map((colour) =>
          // JPEG changes colours a little.
          Object.keys(colours).find((letter) =>
            (colours[letter] ?? []).every((value, i) => Math.abs(value - (colour[i] ?? NaN)) < 32),
          ),
        );
        assert.equal(letters.join(''), expected, `orientation ${orientation}`);
      }
    });

    test('says what is wrong with a file, and keeps what was there', async () => {
      await page.getByRole('button', { name: 'drawing: frog' }).click();
      const before = await said(page, 'drawing: frog');
      const whole = wavesPng(64, 64);
      const wrong = [
        png('empty.png', Buffer.alloc(0)),
        png('noise.png', Buffer.from('no picture at all')),
        png('header.png', whole.subarray(0, 30)),
        png('cut.png', whole.subarray(0, 0.7 * whole.length)),
        { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear network') },
      ];
      for (const file of wrong) {
        assert.match(
          await choose(page, file),
          new RegExp(`^${file.name} cannot be read as a picture`),
        );
        assert.equal(await page.textContent('#status'), before);
      }
      assert.match(
        await choose(page, png('huge.png', blackPng(20_000, 12_000))),
        /^huge\.png has 20,000 × 12,000 pixels, more than the 64 million/,
      );
      const shown = await shownProbabilities(page);
      assert.equal(shown.length, 10);
      // A picture that can be read takes the message away.
      await choose(page, png('large.png', blackPng(6_000, 4_000)));
      assert.equal(await page.textContent('#problem'), '');
      assert.deepEqual(await corners(page), new Array(4).fill([0, 0, 0]));
    });

    test('takes a picture that is dropped', async () => {
      const bytes = [...wavesPng(40, 40)];
      const transfer = await page.evaluateHandle((bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(
          new File([Uint8Array.from(bytes)], 'dropped.png', { type: 'image/png' }),
        );
        return transfer;
      }, bytes);
      await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
      assert.match(await said(page, 'dropped.png'), /\(dropped\.png\)$/);
      const none = await page.evaluateHandle(() => new DataTransfer());
      await page.dispatchEvent('main', 'drop', { dataTransfer: none });
      await page.getByText('That was no file.').waitFor();
    });

    test('has no fault for axe', async () => {
      assert.deepEqual(await axeViolations(page), []);
    });
  });

  test('says so where the weights are not there', async () => {
    const page = await browser.newPage();
    await page.route('**/weights.js', (route) => route.abort());
    await page.goto(server.base);
    await page.getByText(/The weights could not be loaded/).waitFor();
  });
});

describe('the texts of the page', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

  test('are the same ones in both languages, with the same placeholders', () => {
    const shape = ({ classes, ...rest }: typeof texts.en) => ({
      classes: Object.keys(classes),
      ...Object.fromEntries(Object.entries(rest).map(([key, text]) => [key, placeholders(text)])),
    });
    assert.deepEqual(shape(texts.ko), shape(texts.en));
  });

  test("name the data set's classes, in the order of its labels", () => {
    assert.deepEqual(Object.keys(texts.en.classes), CIFAR10.classNames);
  });
});
