/** Whether a point belongs to a shape that fills about the square from −1 to 1. */
export type Shape = (x: number, y: number) => boolean;

const distance = Math.hypot;

/** The classes of the generated set, by name. Each differs from its neighbours by outline alone. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  disc: (x, y) => distance(x, y) < 0.8,
  ring: (x, y) => distance(x, y) < 0.85 && distance(x, y) > 0.45,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.7,
  frame: (x, y) =>
    Math.max(Math.abs(x), Math.abs(y)) < 0.75 && Math.max(Math.abs(x), Math.abs(y)) > 0.4,
  triangle: (x, y) => y > -0.55 && y < 0.9 - 1.6 * Math.abs(x),
  plus: (x, y) =>
    Math.min(Math.abs(x), Math.abs(y)) < 0.24 && Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  star: (x, y) => distance(x, y) < 0.55 + 0.33 * Math.cos(5 * Math.atan2(y, x)),
  'half-disc': (x, y) => distance(x, y + 0.35) < 0.9 && y > -0.35,
  crescent: (x, y) => distance(x, y) < 0.85 && distance(x - 0.4, y) > 0.65,
  bars: (x, y) => Math.abs(x) < 0.8 && Math.abs(y) > 0.18 && Math.abs(y) < 0.6,
};
