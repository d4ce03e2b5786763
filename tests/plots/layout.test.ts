import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { Resvg } from '@resvg/resvg-js';
import { toSvg, type Figure } from 'googlenet/plots';
import { EVERY_FIGURE } from './everyFigure';

const FONTS = ['400Regular/IBMPlexSans_400Regular', '700Bold/IBMPlexSans_700Bold'].map((name) =>
  require.resolve(`@expo-google-fonts/ibm-plex-sans/${name}.ttf`),
);

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface TextBox extends Box {
  text: string;
  /** Degrees by which it is turned, and its box when the figure is turned back by as much. */
  angle: number;
  upright: Box;
}

/** The boxes of a figure's texts as resvg, not this library, measures what it draws. */
async function textBoxes(figure: Figure): Promise<TextBox[]> {
  const { document, XMLSerializer } = new JSDOM(await toSvg(figure), {
    contentType: 'image/svg+xml',
  }).window;
  const texts = Array.from(document.querySelectorAll('text'));
  const serializer = new XMLSerializer();
  return texts.flatMap((text) => {
    // Alone in the drawing, so that the drawing's box is the text's.
    const groups: string[] = [];
    for (
      let at = text.parentElement;
      at !== null && at.localName !== 'svg';
      at = at.parentElement
    ) {
      groups.push(at.getAttribute('transform') ?? '');
    }
    const inner = groups.reduce(
      (svg, transform) => `<g transform="${transform}">${svg}</g>`,
      serializer.serializeToString(text),
    );
    const angle = Number(/rotate\(([-\d.]+)/.exec(text.getAttribute('transform') ?? '')?.[1] ?? 0);
    const size = figure.layout.width + figure.layout.height;
    const box = boxOf(inner, size);
    const upright = boxOf(`<g transform="rotate(${-angle})">${inner}</g>`, size);
    if (box === undefined || upright === undefined) return [];
    return [{ text: text.innerHTML.replace(/<[^>]*>/g, ''), angle, upright, ...box }];
  });
}

function boxOf(inner: string, size: number): Box | undefined {
  // Larger than the figure, so that what leaves it is seen.
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size * 3}" height="${size * 3}"><g transform="translate(${size}, ${size})">${inner}</g></svg>`;
  const box = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: FONTS, defaultFontFamily: 'IBM Plex Sans' },
  }).getBBox();
  if (box === undefined) return undefined;
  const [left, top] = [box.x - size, box.y - size];
  return { left, top, right: left + box.width, bottom: top + box.height };
}

/** Texts that are turned alike lie side by side as they would upright. */
function overlap(one: TextBox, other: TextBox): boolean {
  const [a, b] = one.angle === other.angle ? [one.upright, other.upright] : [one, other];
  return (
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
  );
}

for (const [name, figure] of Object.entries(EVERY_FIGURE)) {
  describe(name, () => {
    const given = structuredClone(figure);
    let boxes: TextBox[];
    before(async () => {
      boxes = await textBoxes(figure);
    });

    test('is not changed by being drawn', () => {
      assert.deepEqual(figure, given);
    });

    test('has a title that is drawn', () => {
      assert.ok(boxes.length > 0);
      const { text } = figure.layout['title'] as { text: string };
      const first = /<b>(.*?)<\/b>/.exec(text)?.[1] ?? '';
      assert.ok(boxes.some((box) => box.text.includes(first)));
    });

    test('keeps every text inside the picture', () => {
      for (const box of boxes) {
        const inside =
          box.left >= 0 &&
          box.top >= 0 &&
          box.right <= figure.layout.width &&
          box.bottom <= figure.layout.height;
        assert.ok(inside, `"${box.text}" is cut off: ${JSON.stringify(box)}`);
      }
    });

    test('draws no text over another', () => {
      for (const [at, box] of boxes.entries()) {
        for (const other of boxes.slice(at + 1)) {
          assert.ok(!overlap(box, other), `"${box.text}" and "${other.text}" overlap`);
        }
      }
    });
  });
}
