import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { drawEnlarged, emptyAtlas } from '../images';
import { requireLength } from '../requireLength';
import { INK, headingHeight, type Heading } from '../style';

/** What one layer made of one image. */
export interface FeatureMaps {
  /** `branch1`. */
  name: string;
  /** Activations: [height, width, channels], row by row, channels last. */
  values: ArrayLike<number>;
  shape: readonly [height: number, width: number, channels: number];
}

export interface FeatureMapsOptions extends Heading {
  /** How many channels of each are shown; 10 by default. */
  channels?: number;
}

const MAP_SIDE = 59;
const LABEL_WIDTH = 106;

/**
 * Feature maps of one image as grey pictures, a row for each layer or branch, of the channels that
 * vary most over the image. Each map is scaled by itself, from its least value (black) to its
 * greatest (white): compare patterns, not brightness.
 * @throws RangeError when a branch has not as many values as its shape says
 */
export function featureMaps(
  branches: readonly FeatureMaps[],
  { title, subtitle, channels: shown = 10 }: FeatureMapsOptions,
): Figure {
  const head = { title, subtitle };
  const columns = Math.max(1, ...branches.map(({ shape }) => Math.min(shown, shape[2])));
  const row = MAP_SIDE + 26;
  const top = headingHeight(head) + 8;
  const width = LABEL_WIDTH + columns * (MAP_SIDE + 8) + 24;
  const drawing = new Drawing(head, Math.max(width, 420), top + branches.length * row + 24);

  for (const [index, { name, values, shape }] of branches.entries()) {
    const [mapHeight, mapWidth, channels] = shape;
    requireLength(
      `values of ${name}`,
      values,
      mapHeight * mapWidth * channels,
      `shape ${shape.join('×')}`,
    );
    const y = top + index * row;
    const scale = Math.max(1, Math.round((2 * MAP_SIDE) / Math.max(mapHeight, mapWidth)));
    drawing.label(name, 20, y + MAP_SIDE / 2 - 9, { align: 'left', bold: true, colour: INK.title });
    drawing.label(`${channels} × ${mapHeight} × ${mapWidth}`, 20, y + MAP_SIDE / 2 + 10, {
      align: 'left',
      size: 12,
      colour: INK.muted,
    });
    const ranges = channelRanges(values, channels).sort(
      (a, b) => b.greatest - b.least - (a.greatest - a.least),
    );
    for (const [place, { channel, least, greatest }] of ranges.slice(0, shown).entries()) {
      const valueAt = (at: number) => values[at * channels + channel] ?? 0;
      const range = greatest - least;
      const map = emptyAtlas(1, 1, mapWidth, mapHeight, scale, { x: 0, y: 0 });
      drawEnlarged(map.pixels, 0, 0, scale, mapWidth, mapHeight, (mapRow, column) => {
        const share = range === 0 ? 0 : (valueAt(mapRow * mapWidth + column) - least) / range;
        const grey = Math.round(255 * share);
        return [grey, grey, grey];
      });
      const x = LABEL_WIDTH + place * (MAP_SIDE + 8);
      const shrink = MAP_SIDE / Math.max(mapHeight, mapWidth);
      drawing.picture(map.pixels, x, y, mapWidth * shrink, mapHeight * shrink);
      drawing.box(x, y, mapWidth * shrink, mapHeight * shrink, { line: INK.grid });
      drawing.label(String(channel), x + (mapWidth * shrink) / 2, y + mapHeight * shrink + 3, {
        valign: 'top',
        size: 10,
        colour: INK.muted,
      });
    }
  }
  drawing.label(
    'The channels that vary most, their numbers below. Each map from its least value (black) to its greatest (white).',
    20,
    top + branches.length * row + 8,
    { align: 'left', size: 11, colour: INK.muted },
  );
  return drawing.figure(
    `Grey pictures of the channels that vary most: ${branches
      .map(({ name, shape: [mapHeight, mapWidth, channels] }) => {
        const count = Math.min(shown, channels);
        return `${count} of ${channels} of ${name}, ${mapHeight}×${mapWidth} pixels each`;
      })
      .join('; ')}.`,
  );
}

/** The least and the greatest value of each channel; values row by row, channels last. */
function channelRanges(values: ArrayLike<number>, channels: number) {
  return Array.from({ length: channels }, (_, channel) => {
    let [least, greatest] = [Infinity, -Infinity];
    for (let at = channel; at < values.length; at += channels) {
      least = Math.min(least, values[at] ?? NaN);
      greatest = Math.max(greatest, values[at] ?? NaN);
    }
    return { channel, least, greatest };
  });
}
