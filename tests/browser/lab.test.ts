/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium, WITHOUT_CHROMIUM } from '../chromium';
import { startLab, type Lab } from './lab';

/** For a cell that trains, and for those before it. */
const PATIENCE = 600_000;

describe('npm run lab', { skip: WITHOUT_CHROMIUM }, () => {
  let lab: Lab;
  let browser: Browser;
  before(async () => {
    [lab, browser] = await Promise.all([startLab(), startChromium()]);
  });
  after(async () => {
    await browser.close();
    await lab.close();
  });

  test('notebook 1, Run All: every figure is drawn, and the console is quiet', async (t) => {
    const name = '01-inception-naive';
    lab.copy(name, { batchSize: 1 });
    const { page, objections } = await lab.open(browser, name);
    t.after(() => page.context().close());
    await runAll(page);
    await allExecuted(page);
    await save(page);
    assert.equal(lab.savedFigures(name).length, 2);
    await assertDrawn(page, 2);
    assert.deepEqual(objections, []);
  });

  test('notebook 4: the curves move while the cell trains', async (t) => {
    const name = '04-cifar10-training';
    lab.copy(name, { dataset: 'generated', samples: 64, batchSize: 32, epochs: 1000 });
    const { page } = await lab.open(browser, name);
    t.after(() => page.context().close());
    const cell = page.locator('.jp-CodeCell', { hasText: 'await train(trainSet, constants' });
    await runAll(page);

    const picture = cell.locator('.jp-OutputArea-output img');
    await picture.waitFor({ timeout: PATIENCE });
    await changes(picture, await picture.getAttribute('src'));
  });
});

/** Chooses Run All Cells, as soon as there is a kernel. */
async function runAll(page: Page): Promise<void> {
  // The kernel is there a moment before the notebook knows.
  await page.getByText('TypeScript | Idle').waitFor({ timeout: PATIENCE });
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
  await page.locator('[data-command="runmenu:run-all"]').click();
  await page.getByText('[*]:').first().waitFor();
}

async function allExecuted(page: Page): Promise<void> {
  await page.getByText('[*]:').first().waitFor({ state: 'detached', timeout: PATIENCE });
  assert.equal(await page.locator('[data-mime-type$="stderr"]').count(), 0);
}

async function save(page: Page): Promise<void> {
  const saved = page.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().includes('.ipynb'),
  );
  await page.keyboard.press('Control+s');
  await saved;
}

/** That every figure is Plotly's own drawing, not its picture, and has something in it. */
async function assertDrawn(page: Page, count: number): Promise<void> {
  const figures = page.locator('.js-plotly-plot');
  await figures.nth(count - 1).waitFor({ timeout: PATIENCE });
  assert.equal(await figures.count(), count);
  for (const figure of await figures.all()) {
    await figure.scrollIntoViewIfNeeded();
    const svg = figure.locator('.main-svg').first();
    await svg.waitFor();
    const marks = svg.locator(
      '.scatterlayer path, .imagelayer image, .shapelayer path, .barlayer path',
    );
    assert.ok((await marks.count()) > 0, 'a figure has nothing in it');
    const { width = 0, height = 0 } = (await svg.boundingBox()) ?? {};
    assert.ok(width > 300 && height > 100, `a figure is ${width} by ${height} pixels`);
  }
}

/** Waits until the element has another picture. */
async function changes(picture: Locator, before: string | null): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while ((await picture.getAttribute('src')) === before) {
    assert.ok(Date.now() < deadline, 'the picture stays as it is');
    await picture.page().waitForTimeout(200);
  }
}
