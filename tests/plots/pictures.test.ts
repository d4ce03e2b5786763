import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { PNG } from 'pngjs';
import {
  KOREAN_FONT_FAMILY,
  saveFigure,
  toPng,
  toSvg,
  trainingCurves,
  type Figure,
} from 'googlenet/plots';
import { EVERY_FIGURE } from './everyFigure';

/** Colours of a picture, as 24-bit numbers. */
function colours(png: PNG): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < png.data.length; at += 4) found.add(png.data.readUIntBE(at, 3));
  return found;
}

/** Whether any pixel of the picture's outermost ring differs from its corner. */
function touchesEdge({ width, height, data }: PNG): boolean {
  const pixel = (x: number, y: number) => data.readUIntBE((y * width + x) * 4, 3);
  const corner = pixel(0, 0);
  for (let x = 0; x < width; x++) {
    if (pixel(x, 0) !== corner || pixel(x, height - 1) !== corner) return true;
  }
  for (let y = 0; y < height; y++) {
    if (pixel(0, y) !== corner || pixel(width - 1, y) !== corner) return true;
  }
  return false;
}

/** Where the picture of a text is, from its pixels. */
function inkOf({ width, height, data }: PNG): { left: number; right: number } {
  let [left, right] = [width, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data.readUIntBE((y * width + x) * 4, 3) < 0x808080) {
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
    }
  }
  return { left, right };
}

describe('pictures', () => {
  for (const [name, figure] of Object.entries(EVERY_FIGURE)) {
    test(`${name}: the PNG has the figure's size, is not blank and cuts nothing off`, async () => {
      const png = PNG.sync.read(await toPng(figure, { scale: 1 }));
      assert.deepEqual([png.width, png.height], [figure.layout.width, figure.layout.height]);
      assert.ok(colours(png).size >= 20, `only ${colours(png).size} colours`);
      assert.equal(touchesEdge(png), false, 'something is drawn across the edge of the picture');
    });
  }

  test('scale gives device pixels, and a size of its own replaces the figure’s', async () => {
    const png = PNG.sync.read(
      await toPng(trainingCurves([]), { width: 300, height: 200, scale: 1.5 }),
    );
    assert.deepEqual([png.width, png.height], [450, 300]);
  });

  for (const [text, family] of [
    ['HParameters 387,296H', 'IBM Plex Sans'],
    ['H파라미터 387,296개H', 'IBM Plex Sans'],
    ['<b>H파라미터 387,296개H</b>', KOREAN_FONT_FAMILY],
  ] as const)
    test(`${text} is as wide in the picture as it was measured`, async () => {
      // A box around an annotation is drawn by its measured width: the ink has to fill it.
      const figure: Figure = {
        description: 'A text.',
        data: [],
        layout: {
          width: 600,
          height: 100,
          margin: { l: 0, r: 0, t: 0, b: 0 },
          xaxis: { visible: false },
          yaxis: { visible: false },
          font: { family, size: 20, color: '#000000' },
          annotations: [
            {
              text,
              xref: 'paper',
              yref: 'paper',
              x: 0.5,
              y: 0.5,
              showarrow: false,
              borderpad: 0,
              bordercolor: '#AAAAAA',
            },
          ],
        },
      };
      const { document } = new JSDOM(await toSvg(figure)).window;
      const box = document.querySelector('.annotation rect.bg');
      const measured = Number(box?.getAttribute('width'));
      const { left, right } = inkOf(PNG.sync.read(await toPng(figure, { scale: 1 })));
      assert.ok(
        Math.abs(right - left - measured) <= 6,
        `measured ${measured} px, drawn ${right - left} px`,
      );
    });

  test('a text that the fonts lack does not stop the picture', async () => {
    const figure = trainingCurves([], { title: 'กขค' });
    const png = PNG.sync.read(await toPng(figure, { scale: 1 }));
    assert.equal(png.width, figure.layout.width);
  });

  test('pictures drawn at the same time do not disturb each other', async () => {
    const figures = [
      EVERY_FIGURE['inceptionDiagram'],
      EVERY_FIGURE['confusionMatrix'],
      EVERY_FIGURE['trainingCurves'],
    ].filter((figure): figure is Figure => figure !== undefined);
    const together = await Promise.all(figures.map((figure) => toPng(figure, { scale: 1 })));
    for (const [index, figure] of figures.entries()) {
      assert.deepEqual(await toPng(figure, { scale: 1 }), together[index]);
    }
  });
});

describe('saveFigure', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'plots with space '));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  test('writes two device pixels for a CSS pixel', async () => {
    const file = path.join(folder, 'googlenet_vis.png');
    const figure = trainingCurves([{ epoch: 0, loss: 2.3, accuracy: 0.1 }]);
    await saveFigure(figure, file);
    const png = PNG.sync.read(await readFile(file));
    assert.equal(png.width, 2 * figure.layout.width);
    assert.deepEqual(await readdir(folder), ['googlenet_vis.png']);
  });

  test('names the file that cannot be written and leaves what is there', async () => {
    const blocker = path.join(folder, 'file');
    await writeFile(blocker, 'kept');
    const file = path.join(blocker, 'picture.png');
    await assert.rejects(saveFigure(trainingCurves([]), file), (error: Error) =>
      error.message.includes(file),
    );
    assert.equal(await readFile(blocker, 'utf8'), 'kept');
  });
});
