/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium, WITHOUT_CHROMIUM } from '../chromium';
import { startLab, type Lab } from './lab';

/** For a cell that trains, and for those before it. */
const PATIENCE = 600_000;
/** What JupyterLab has to say itself when a kernel is restarted. */
const OF_A_RESTART = /^(History was unable to be retrieved|Connection lost, reconnecting)/;
/** In the cell that trains. */
const TRAINING = 'await train(trainSet, constants';

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
    const { page, objections, close } = await lab.open(browser, name);
    t.after(close);
    await runAll(page);
    await allExecuted(page);
    await save(page);
    assert.equal(lab.savedFigures(name).length, 2);
    await assertDrawn(page, 2);
    assert.deepEqual(objections, []);
  });

  test('notebook 4: curves that move, and figures that stay', async (t) => {
    const name = '04-cifar10-training';
    lab.copy(name, { dataset: 'generated', samples: 64, batchSize: 32, epochs: 1000 });
    const { page, objections, close } = await lab.open(browser, name);
    t.after(close);
    const training = page.locator('.jp-CodeCell', { hasText: TRAINING });
    await runAll(page);

    await t.test('the curves move while the cell trains', async () => {
      const picture = training.locator('.jp-OutputArea-output img');
      await picture.waitFor({ timeout: PATIENCE });
      const first = await picture.getAttribute('src');
      await until(async () => (await picture.getAttribute('src')) !== first, 'they stay');
    });

    await t.test('stopped, and the cells below executed, every figure is drawn', async () => {
      await stop(page);
      await ended(page);
      await page.locator('.jp-CodeCell', { hasText: 'dfd.readCSV' }).click();
      await chooseRun(page, 'notebook:run-all-below');
      await allExecuted(page);
      await assertDrawn(page, 4);
    });

    await t.test('and after a reload of the page is drawn the same', async () => {
      await save(page);
      const drawn = await drawings(page);
      assert.equal(drawn.length, 4);
      await page.reload();
      await underTheMouse(page, 4);
      await assertDrawn(page, 4);
      assert.deepEqual(await drawings(page), drawn);
    });
    assert.deepEqual(objections, []);
  });

  test('training that is stopped, restarted and reloaded', async (t) => {
    const name = '04-cifar10-training';
    lab.copy(name, { dataset: 'generated', samples: 256, batchSize: 128, epochs: 1000 }, [
      '7fbbd36a',
      '0c279b62',
      '5614a68d',
      '0bc08286',
      '4c0fe963',
    ]);
    const { page, objections, close } = await lab.open(browser, name);
    t.after(close);
    const training = page.locator('.jp-CodeCell', { hasText: TRAINING });
    const next = page.locator('.jp-CodeCell', { hasText: 'dfd.readCSV' });

    await t.test('the stop button ends it after the step under way', async () => {
      await runAll(page);
      await epochLines(training, 2);
      await training.getByText('images/s').waitFor({ timeout: PATIENCE });
      await stop(page);
      const before = await bar(training);
      const stopped = training.getByText('■ stopped in epoch');
      await stopped.waitFor({ timeout: PATIENCE });
      const steps = (await bar(training)).step - before.step;
      // The bar shows a step at most five times a second, and what it shows may be on its way.
      const inBar = Math.ceil((0.2 * before.imagesPerSecond) / 128);
      assert.ok(steps >= 0 && steps <= 1 + 2 * inBar, `${steps} steps after the stop button`);
      await training.getByText('The same run goes on from there').waitFor({ timeout: PATIENCE });
      await ended(page);
    });

    let before: string[] = [];
    await t.test('the next cell works, and the cell itself goes on with the run', async () => {
      await run(next);
      await assertTable(next);
      before = await epochLines(training, 2);
      await run(training);
      await epochLines(training, 1);
    });

    await t.test('a kernel that is restarted amid training goes on with the run', async () => {
      await page.locator('[data-command="notebook:restart-kernel"]').click();
      await Promise.all([
        page.waitForResponse((response) => response.url().includes('/restart')),
        page.locator('.jp-Dialog button', { hasText: 'Restart' }).click(),
      ]);
      await chooseRun(page, 'runmenu:run-all');
      await training.getByText('going on after epoch').waitFor({ timeout: PATIENCE });
      await epochLines(training, 1);
    });

    await t.test('reloaded amid training, the page stops it, and its cells work', async () => {
      await save(page);
      await page.reload();
      await page.getByText('TypeScript | Busy').waitFor({ timeout: PATIENCE });
      await stop(page);
      await ended(page);
      await run(next);
      await assertTable(next);
    });

    await t.test('its curves have every epoch', async () => {
      await run(training);
      await epochLines(training, 1);
      await stop(page);
      await training.locator('.js-plotly-plot .main-svg').first().waitFor({ timeout: PATIENCE });
      await allExecuted(page);
      const [loss] = await curves(training);
      assert.ok(loss !== undefined);
      assert.deepEqual(loss.x, [...loss.x.keys()]);
      assert.deepEqual(
        before.map((_, epoch) => `epoch ${epoch}- loss: ${loss.y[epoch]?.toFixed(4)}`),
        before,
      );
    });
    const others = objections.filter((text) => !OF_A_RESTART.test(text));
    assert.deepEqual(others, []);
  });
});

/** Chooses Run All Cells, as soon as there is a kernel. */
async function runAll(page: Page): Promise<void> {
  // The kernel is there a moment before the notebook knows.
  await page.getByText('TypeScript | Idle').waitFor({ timeout: PATIENCE });
  await chooseRun(page, 'runmenu:run-all');
  await page.getByText('[*]:').first().waitFor();
}

/** Chooses a command in the menu Run. */
async function chooseRun(page: Page, command: string): Promise<void> {
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
  await page.locator(`.lm-Menu [data-command="${command}"]`).click();
}

/** Executes a cell; what it showed before is gone then. */
async function run(cell: Locator): Promise<void> {
  const prompt = cell.locator('.jp-InputPrompt');
  const before = await prompt.innerText();
  await prompt.click();
  await cell.page().keyboard.press('Control+Enter');
  await until(async () => (await prompt.innerText()) !== before, 'the cell is not executed');
}

/** That the cell was executed and shows the table of its epochs. */
async function assertTable(cell: Locator): Promise<void> {
  await cell.getByText(/^\[\d+\]:$/).waitFor({ timeout: PATIENCE });
  await cell.locator('caption', { hasText: 'the last ten epochs' }).waitFor();
}

/** Presses the stop button, until the server has sent the kernel its signal. */
async function stop(page: Page): Promise<void> {
  await Promise.all([
    page.waitForResponse((response) => response.url().includes('/interrupt')),
    page.locator('[data-command="notebook:interrupt-kernel"]').click(),
  ]);
}

/** Waits until a cell that was stopped has ended, and a moment: until then cells are refused that wait. */
async function ended(page: Page): Promise<void> {
  await allExecuted(page);
  await page.getByText('TypeScript | Idle').waitFor({ timeout: PATIENCE });
  await sleep(1000);
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

/** Moves the mouse over each figure: out of a file JupyterLab shows its picture until then. */
async function underTheMouse(page: Page, count: number): Promise<void> {
  const figures = page.locator('.jp-RenderedPlotly');
  await figures.nth(count - 1).waitFor({ timeout: PATIENCE });
  for (const figure of await figures.all()) await figure.hover();
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

/** What Plotly has drawn for each figure: its curves, points and pictures. */
function drawings(page: Page): Promise<string[]> {
  return page.locator('.js-plotly-plot').evaluateAll((figures) =>
    figures.map((figure) =>
      [...figure.querySelectorAll('.plot, .imagelayer, .shapelayer')]
        // Plotly names its clip paths anew each time.
        .map(({ innerHTML }) => innerHTML.replace(/url\([^)]*\)/g, ''))
        .join(),
    ),
  );
}

/** The curves of the cell's figure, as Plotly has them. */
function curves(cell: Locator): Promise<{ x: number[]; y: number[] }[]> {
  return cell.locator('.js-plotly-plot').evaluate((element) => {
    const { data } = element as unknown as { data: { x: number[]; y: number[] }[] };
    return data.map(({ x, y }) => ({ x: Array.from(x), y: Array.from(y) }));
  });
}

/** The line of each finished epoch, without its accuracy, when there are so many. */
async function epochLines(cell: Locator, count: number): Promise<string[]> {
  let lines: string[] = [];
  await until(async () => {
    lines = (await shown(cell)).match(/epoch \d+- loss: [\d.]+/g) ?? [];
    return lines.length >= count;
  }, 'no epoch is finished');
  return lines;
}

/** What the cell shows, as text. */
async function shown(cell: Locator): Promise<string> {
  return (await cell.locator('.jp-OutputArea-output').allTextContents()).join('\n');
}

/** What the bar of a cell that trains says. */
async function bar(cell: Locator): Promise<{ step: number; imagesPerSecond: number }> {
  const text = await shown(cell);
  const [, epoch, batch, batches] = /epoch (\d+) of \d+.*?batch (\d+)\/(\d+)/.exec(text) ?? [];
  const [, imagesPerSecond = 'NaN'] = /([\d,]+) images\/s/.exec(text) ?? [];
  return {
    step: Number(epoch) * Number(batches) + Number(batch),
    imagesPerSecond: Number(imagesPerSecond.replace(',', '')),
  };
}

/** Waits until it is so. */
async function until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, otherwise);
    await sleep(200);
  }
}
