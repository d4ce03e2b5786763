import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { Generator } from '../random';
import { CHANNELS, encodeRecords, IMAGE_BYTES, SIDE, type Records } from './binaryLayout';
import type { ImageDataset, Split } from './dataset';
import {
  CLASS_NAMES_FILE,
  datasetFiles,
  loadDirectory,
  type DatasetDescription,
} from './directory';
import { DATA_DIRECTORY } from './paths';
import { SHAPES, type Shape } from './shapes';

/** To be raised whenever the images change, so that copies on disk are made anew. */
export const VERSION = 2;

/**
 * A data set for machines without CIFAR-10: coloured shapes of ten classes on coloured grounds.
 * Position, size and angle say nothing of the class and colour only a little, so that it takes the
 * outline to tell.
 */
export const GENERATED: DatasetDescription = {
  id: 'generated',
  name: 'Generated shapes (not CIFAR-10)',
  classNames: Object.keys(SHAPES),
  files: { train: ['data_batch_1.bin'], test: ['test_batch.bin'] },
  recordsPerFile: { train: 5000, test: 1000 },
};

/** Making the set takes seconds; a folder under way for longer than this is nobody's (milliseconds). */
const ABANDONED = 3_600_000;

const SEEDS: Readonly<Record<Split, number>> = { train: 1, test: 2 };

/**
 * Loads the generated set; makes it first where it is not on disk.
 *
 * @param samples at most so many images, from the start; all if left out
 */
export async function loadGenerated(split: Split, samples = Infinity): Promise<ImageDataset> {
  const directory = path.join(DATA_DIRECTORY, `generated-shapes-${VERSION}`);
  if (!isComplete(directory)) {
    await writeGenerated(directory, GENERATED.recordsPerFile).catch((cause: unknown) => {
      throw new Error(
        `${GENERATED.name}, 19 MB, could not be written to ${directory}: ${(cause as Error).message}. See that there is room and that the folder may be written to, and try again`,
        { cause },
      );
    });
  }
  return loadDirectory(
    GENERATED,
    directory,
    split,
    Math.min(samples, GENERATED.recordsPerFile[split]),
  );
}

/**
 * Writes a set of so many images a split in CIFAR-10's binary layout. The folder appears when it
 * is whole; one that another process made meanwhile stays.
 *
 * @throws Error if the folder is there, but without some of its files
 */
export async function writeGenerated(
  directory: string,
  counts: Readonly<Record<Split, number>>,
): Promise<void> {
  await mkdir(path.dirname(directory), { recursive: true });
  await removeLeftovers(directory);
  const temporary = await mkdtemp(`${directory}.`);
  try {
    for (const split of ['train', 'test'] as const) {
      const records = generateRecords(counts[split], SEEDS[split]);
      await writeFile(
        path.join(temporary, GENERATED.files[split][0] as string),
        encodeRecords(records),
      );
    }
    await writeFile(
      path.join(temporary, CLASS_NAMES_FILE),
      [...GENERATED.classNames, ''].join('\n'),
    );
    await writeFile(path.join(temporary, 'README.txt'), `${GENERATED.name}\n`);
    await rename(temporary, directory).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      if (isComplete(directory)) return; // A second process was first; it made the same images.
      throw new Error(`${directory} lacks some of its files; delete it and try again`, {
        cause: error,
      });
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function isComplete(directory: string): boolean {
  return datasetFiles(GENERATED).every((file) => existsSync(path.join(directory, file)));
}

/** Removes what processes that were killed have left beside the directory. */
async function removeLeftovers(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  for (const name of await readdir(parent)) {
    const leftover = path.join(parent, name);
    if (!name.startsWith(`${path.basename(directory)}.`)) continue;
    // Its owner may move it into place meanwhile.
    const modified = await stat(leftover).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - modified > ABANDONED) await rm(leftover, { recursive: true, force: true });
  }
}

/** `count` images with the classes in turn, reproducible from the seed. */
export function generateRecords(count: number, seed: number): Records {
  const random = new Random(seed);
  const shapes = Object.values(SHAPES);
  const images = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const label = index % shapes.length;
    labels[index] = label;
    images.set(
      draw(shapes[label] as Shape, (360 * label) / shapes.length, random),
      index * IMAGE_BYTES,
    );
  }
  return { images, labels };
}

type Colour = readonly [red: number, green: number, blue: number];

/** Rendered samples along each side of a pixel, for smooth edges. */
const SAMPLES = 2;
const NOISE = 8;
const CLUTTER = 2;
/** A class favours a hue, within so many degrees to each side; neighbours overlap. */
const HUE_SPREAD = 130;

function draw(shape: Shape, hue: number, random: Random): Uint8Array {
  const ground = [random.colour(), random.colour()] as const;
  const groundAngle = random.between(0, 2 * Math.PI);
  const wave = random.between(2, 9);
  const phase = random.between(0, 2 * Math.PI);
  const colour = vivid(hue + random.between(-HUE_SPREAD, HUE_SPREAD), random.between(0.55, 1));
  const placed = random.place(0.6, 0.95, 0.2, Math.PI / 5);
  const clutter = Array.from({ length: CLUTTER }, () => ({
    place: random.place(0.06, 0.16, 0.9, Math.PI),
    colour: random.colour(),
  }));

  const colourAt = (x: number, y: number): Colour => {
    if (inside(shape, placed, x, y)) return colour;
    const blob = clutter.find(({ place }) => inside(DISC, place, x, y));
    if (blob) return blob.colour;
    const along = x * Math.cos(groundAngle) + y * Math.sin(groundAngle);
    const mix = 0.5 + 0.5 * Math.sin(wave * along + phase);
    return ground[0].map(
      (value, channel) => value + 0.6 * mix * ((ground[1][channel] as number) - value),
    ) as unknown as Colour;
  };

  const image = new Uint8Array(IMAGE_BYTES);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const sum = [0, 0, 0];
    for (let sample = 0; sample < SAMPLES ** 2; sample++) {
      const column = (pixel % SIDE) + ((sample % SAMPLES) + 0.5) / SAMPLES;
      const row = Math.floor(pixel / SIDE) + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
      colourAt((2 * column) / SIDE - 1, (2 * row) / SIDE - 1).forEach((value, channel) => {
        sum[channel] = (sum[channel] as number) + value;
      });
    }
    sum.forEach((value, channel) => {
      const noisy = value / SAMPLES ** 2 + random.between(-NOISE, NOISE);
      image[pixel * CHANNELS + channel] = Math.max(0, Math.min(255, Math.round(noisy)));
    });
  }
  return image;
}

/** Where a shape stands in the image, which reaches from −1 to 1. */
interface Place {
  x: number;
  y: number;
  size: number;
  cos: number;
  sin: number;
}

const DISC: Shape = (x, y) => Math.hypot(x, y) < 1;

function inside(
  shape: Shape,
  { x, y, size, cos, sin }: Place,
  pointX: number,
  pointY: number,
): boolean {
  const [dx, dy] = [(pointX - x) / size, (pointY - y) / size];
  return shape(cos * dx + sin * dy, cos * dy - sin * dx);
}

/** The colour of a hue (degrees) at full saturation; brightness 0 to 1. */
function vivid(hue: number, brightness: number): Colour {
  const channel = (offset: number) => {
    const place = (((hue / 60 + offset) % 6) + 6) % 6;
    return 255 * brightness * (1 - Math.max(0, Math.min(1, Math.min(place, 4 - place))));
  };
  return [channel(5), channel(3), channel(1)];
}

class Random {
  private readonly generator: Generator;

  constructor(seed: number) {
    this.generator = new Generator(seed);
  }

  between(low: number, high: number): number {
    return low + (this.generator.random() / 2 ** 32) * (high - low);
  }

  /** A dull colour, for grounds. */
  colour(): Colour {
    const grey = this.between(40, 200);
    return [
      grey + this.between(-40, 40),
      grey + this.between(-40, 40),
      grey + this.between(-40, 40),
    ];
  }

  /** Anywhere within `spread` of the middle, turned by up to `turn` to each side. */
  place(smallest: number, largest: number, spread: number, turn: number): Place {
    const angle = this.between(-turn, turn);
    return {
      x: this.between(-spread, spread),
      y: this.between(-spread, spread),
      size: this.between(smallest, largest),
      cos: Math.cos(angle),
      sin: Math.sin(angle),
    };
  }
}
