import { Generator } from '../random';
import { CHANNELS, IMAGE_BYTES, SIDE, type Records } from './binaryLayout';
import { SHAPES, type Shape } from './shapes';

/** To be raised whenever the images change, so that copies on disk are made anew. */
export const VERSION = 3;

/**
 * Draws `count` images with the classes in turn, reproducible from the seed.
 *
 * @param mislabelled the share of images, 0 to 1, that get the label of another class than is drawn
 * @returns images [count, 32, 32, 3] and labels [count], the classes numbered as in {@link SHAPES}
 */
export function generateRecords(count: number, seed: number, mislabelled: number): Records {
  const random = new Random(seed);
  const shapes = Object.values(SHAPES);
  const images = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const drawn = index % shapes.length;
    const wrong = random.between(0, 1) < mislabelled;
    const another = drawn + Math.floor(random.between(1, shapes.length));
    labels[index] = wrong ? another % shapes.length : drawn;
    images.set(
      draw(shapes[drawn] as Shape, (360 * drawn) / shapes.length, random),
      index * IMAGE_BYTES,
    );
  }
  return { images, labels };
}

type Colour = readonly [red: number, green: number, blue: number];

/** Rendered samples along each side of a pixel, for smooth edges. */
const SAMPLES = 2;
/** The most that noise adds to a channel of a pixel, or takes from it. */
const NOISE = 8;
/** Small discs behind the shape. */
const CLUTTER = 3;
/** A class favours a hue, within so many degrees to each side; neighbours overlap. */
const HUE_SPREAD = 70;

/** One image [32, 32, 3]: the shape in about that hue (degrees) on a wavy ground. */
function draw(shape: Shape, hue: number, random: Random): Uint8Array {
  const ground = [random.colour(), random.colour()] as const;
  const groundAngle = random.between(0, 2 * Math.PI);
  const wave = random.between(2, 9);
  const phase = random.between(0, 2 * Math.PI);
  const colour = vivid(hue + random.between(-HUE_SPREAD, HUE_SPREAD), random.between(0.55, 1));
  const placed = random.place(0.6, 0.95, 0.2, Math.PI);
  const clutter = Array.from({ length: CLUTTER }, () => ({
    place: random.place(0.06, 0.16, 0.9, Math.PI),
    colour: vivid(random.between(0, 360), random.between(0.55, 1)),
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

/** What a seed decides, in the order of the calls. */
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
