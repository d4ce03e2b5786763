import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, suite, test } from 'node:test';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { JSDOM } from 'jsdom';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { PATHS } from '../../lib/setup/paths.mjs';
import { startChromium, WITHOUT_CHROMIUM } from '../chromium.js';

const BOOK = path.join(PATHS.cache, 'tested-book');
const NOTEBOOKS = readdirSync(PATHS.notebooks)
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => path.basename(file, '.ipynb'));
const LANGUAGES = ['en', 'ko'];
/** Where no server is: every request to it is answered from the book's folder. */
const ADDRESS = 'http://book.test/';

/** The book's pages, by their path in it. */
function pages(): string[] {
  return readdirSync(BOOK, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !file.startsWith('web'))
    .map((file) => file.split(path.sep).join('/'));
}

suite('the book', () => {
  let report = '';
  before(async () => {
    ({ stdout: report } = await promisify(execFile)(
      process.execPath,
      [PATHS.bookCommand, PATHS.bookPython, '--output', BOOK],
      { env: projectEnvironment(), maxBuffer: 2 ** 26 },
    ));
  });

  test('has a Korean text for each text of a figure or table', () => {
    assert.doesNotMatch(report, /figures\.json/);
  });

  test('has every notebook, the glossary and the lecture’s table in both languages', () => {
    for (const language of LANGUAGES) {
      for (const name of [...NOTEBOOKS, 'glossary', 'README']) {
        assert.ok(existsSync(path.join(BOOK, language, 'notebooks', `${name}.html`)), name);
      }
    }
  });

  describe('its links', () => {
    const documents = new Map<string, Document>();
    before(() => {
      for (const page of pages()) {
        const html = readFileSync(path.join(BOOK, page), 'utf8');
        documents.set(page, new JSDOM(html).window.document);
      }
    });

    test('lead to files and places that there are', () => {
      const lost: string[] = [];
      for (const [page, document] of documents) {
        for (const element of document.querySelectorAll('[href], [src]')) {
          const target = element.getAttribute('href') ?? element.getAttribute('src') ?? '';
          const url = new URL(target, ADDRESS + page);
          if (!url.href.startsWith(ADDRESS)) continue;
          const file = decodeURIComponent(url.pathname).slice(1);
          const place = decodeURIComponent(url.hash).slice(1);
          const found =
            existsSync(path.join(BOOK, file)) &&
            (place === '' || !documents.has(file) || documents.get(file)?.getElementById(place));
          if (!found) lost.push(`${page}: ${target}`);
        }
      }
      assert.ok(documents.size > 100);
      assert.deepEqual(lost, []);
    });

    test('lead from each page to the same in the other language', () => {
      for (const [page, document] of documents) {
        if (page === 'index.html') continue;
        const link = document.querySelector('nav.language a');
        const other = new URL(link?.getAttribute('href') ?? '', ADDRESS + page).pathname.slice(1);
        assert.equal(
          other,
          page.replace(/^(en|ko)/, (own) => (own === 'en' ? 'ko' : 'en')),
        );
        assert.ok(documents.has(other), other);
      }
    });

    test('nothing of a page is loaded from elsewhere', () => {
      for (const [page, document] of documents) {
        for (const element of document.querySelectorAll('script[src], link[href], [src]')) {
          const target = element.getAttribute('href') ?? element.getAttribute('src') ?? '';
          assert.doesNotMatch(target, /^(https?:)?\/\//, page);
        }
      }
    });
  });

  for (const name of NOTEBOOKS) {
    test(`${name} has as many figures as the notebook, each described, in both languages`, () => {
      const source = readFileSync(path.join(PATHS.notebooks, `${name}.ipynb`), 'utf8');
      const figures = source.split('"application/vnd.plotly.v1+json"').length - 1;
      const descriptions = LANGUAGES.map((language) => {
        const html = readFileSync(path.join(BOOK, language, 'notebooks', `${name}.html`), 'utf8');
        return [...html.matchAll(/<div class="plot"><img src="[^"]*" alt="([^"]{30,})"/g)].map(
          ([, text = '']) => text,
        );
      });
      for (const texts of descriptions) assert.equal(texts.length, figures);
      for (const text of descriptions[1] ?? []) assert.match(text, /[가-힣]/);
    });
  }

  describe('in a browser', { skip: WITHOUT_CHROMIUM }, () => {
    let browser: Browser;
    const asked: string[] = [];
    const errors: string[] = [];

    before(async () => {
      // A container's root may not have Chromium's sandbox.
      browser = await startChromium();
    });
    after(() => browser.close());

    async function inBook(options: { javaScriptEnabled?: boolean } = {}): Promise<BrowserContext> {
      const context = await browser.newContext(options);
      await context.route('**', async (route) => {
        const url = new URL(route.request().url());
        if (url.href.startsWith(ADDRESS)) {
          await route.fulfill({ path: path.join(BOOK, decodeURIComponent(url.pathname)) });
        } else {
          asked.push(url.href);
          await route.abort();
        }
      });
      return context;
    }

    async function open(context: BrowserContext, page: string): Promise<Page> {
      const opened = await context.newPage();
      opened.on('pageerror', ({ message }) => errors.push(`${page}: ${message}`));
      await opened.goto(ADDRESS + page);
      return opened;
    }

    /** Brings each figure into the window and waits until it is interactive. */
    async function drawFigures(page: Page): Promise<void> {
      for (const plot of await page.locator('.plot').all()) {
        await plot.scrollIntoViewIfNeeded();
        await plot.locator('.main-svg').first().waitFor();
      }
      await page.waitForFunction(
        'document.querySelectorAll(".plot").length === document.querySelectorAll(".plot.drawn").length',
      );
    }

    for (const page of ['index', ...NOTEBOOKS.map((name) => `notebooks/${name}`), 'search']) {
      test(`${page} is accessible, in both languages, light and dark`, async () => {
        const context = await inBook();
        for (const language of LANGUAGES) {
          const opened = await open(context, `${language}/${page}.html`);
          await drawFigures(opened);
          await opened.evaluate(axe.source);
          for (const theme of ['light', 'dark']) {
            const violations = await opened.evaluate(`
              document.body.dataset.theme = '${theme}';
              axe.run({ exclude: '.main-svg' }, {
                ${theme === 'dark' ? "runOnly: ['color-contrast']," : ''}
                // The corner of a table may be empty.
                rules: { 'empty-table-header': { enabled: false } },
              }).then(({ violations }) => violations.map(({ id, nodes }) =>
                id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' ')));
            `);
            assert.deepEqual(violations, [], `${language}, ${theme}`);
          }
        }
        await context.close();
      });
    }

    test('the keyboard reaches search, contents and switches', async () => {
      const context = await inBook();
      const page = await open(context, 'ko/notebooks/01-inception-naive.html');
      const reached: string[] = [];
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        reached.push(
          await page.evaluate<string>(
            'document.activeElement.closest(".skip-to-content, .sidebar-search, .sidebar-tree, .language, .theme-toggle")?.className ?? ""',
          ),
        );
      }
      assert.match(reached[0] ?? '', /skip-to-content/);
      for (const place of ['sidebar-search', 'sidebar-tree', 'language', 'theme-toggle']) {
        assert.ok(
          reached.some((name) => name.includes(place)),
          `${place}: ${reached.join(', ')}`,
        );
      }
      await context.close();
    });

    test('the search finds English stems and parts of Korean words', async () => {
      const context = await inBook();
      for (const [language, question, found] of [
        ['en', 'reduction', /dimension-reduction/],
        ['ko', '합성곱', /inception-naive/],
        ['ko', '곱', /inception-naive/],
        ['ko', 'ReLU를', /inception-naive/],
      ] as const) {
        const page = await open(
          context,
          `${language}/search.html?q=${encodeURIComponent(question)}`,
        );
        await page.locator('#search-results li').first().waitFor();
        const results = await page
          .locator('#search-results li a')
          .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
        assert.ok(
          results.some((result) => found.test(result)),
          `${question}: ${results.join(', ')}`,
        );
        assert.ok(
          results.every((result) => !result.includes('.ts.html')),
          'code hides the texts',
        );
      }
      await context.close();
    });

    test('without scripts each figure is a picture', async () => {
      const context = await inBook({ javaScriptEnabled: false });
      const page = await open(context, 'ko/notebooks/03-googlenet.html');
      const pictures = await page.locator('.plot img').all();
      assert.ok(pictures.length > 0);
      for (const picture of pictures) {
        assert.ok(await picture.isVisible());
        assert.ok(((await picture.boundingBox())?.height ?? 0) > 200);
      }
      await context.close();
    });

    test('on paper each figure is its picture', async () => {
      const context = await inBook();
      const page = await open(context, 'ko/notebooks/03-googlenet.html');
      await drawFigures(page);
      await page.emulateMedia({ media: 'print' });
      for (const picture of await page.locator('.plot img').all()) {
        assert.ok(((await picture.boundingBox())?.height ?? 0) > 100);
      }
      for (const drawing of await page.locator('.plot .drawing').all()) {
        assert.equal(await drawing.isVisible(), false);
      }
      await context.close();
    });

    test('nothing was asked of the network, and no script failed', () => {
      assert.deepEqual(asked, []);
      assert.deepEqual(errors, []);
    });
  });
});
