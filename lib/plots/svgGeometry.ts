import type { FontMetrics } from './fonts';

/** An axis-parallel box in pixels, y down. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A 2-D affine map in SVG's order: x' = a·x + c·y + e, y' = b·x + d·y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const IDENTITY: Affine = [1, 0, 0, 1, 0, 0];

/** A run of text is measured in the font that its ancestors give it. */
interface TextStyle {
  size: number;
  bold: boolean;
}

/**
 * Boxes of SVG elements as a browser gives them, which jsdom, having no layout, does not:
 * texts (with lines, bold runs, sub- and superscripts), rectangles, images and groups of them.
 * Lines and paths count as nothing: Plotly never asks for their size. It does ask where the shafts
 * of arrows run, which are polylines.
 */
export class SvgGeometry {
  constructor(private readonly metrics: FontMetrics) {}

  /** Length of a text element's first line, in pixels. */
  textLength(element: Element): number {
    const box = this.#textBox(element);
    return box === undefined ? 0 : box.right - box.left;
  }

  /**
   * Length of a polyline (a path of M and L), in pixels.
   * @throws Error if there are other commands in the path
   */
  pathLength(path: Element): number {
    const points = polyline(path);
    return points
      .slice(1)
      .reduce((sum, point, at) => sum + distance(points[at] ?? point, point), 0);
  }

  /**
   * The point so many pixels along a polyline.
   * @throws Error if there are other commands in the path
   */
  pointAtLength(path: Element, length: number): Point {
    const points = polyline(path);
    let left = Math.max(0, length);
    for (const [at, end] of points.slice(1).entries()) {
      const start = points[at] ?? end;
      const segment = distance(start, end);
      if (left <= segment && segment > 0) {
        const share = left / segment;
        return { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
      }
      left -= segment;
    }
    return points.at(-1) ?? { x: 0, y: 0 };
  }

  /** The element's box in its own coordinates, as `getBBox` gives it. */
  localBox(element: Element): Box {
    return this.#box(element, IDENTITY, false) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  }

  /** The element's box in the coordinates of the outermost SVG, as `getBoundingClientRect`. */
  box(element: Element): Box {
    let map = IDENTITY;
    for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) {
      map = compose(transformOf(parent), map);
    }
    return this.#box(element, map, true) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  }

  #box(element: Element, outer: Affine, ownTransform: boolean): Box | undefined {
    const map = ownTransform ? compose(outer, transformOf(element)) : outer;
    switch (element.localName) {
      case 'text':
        return mapBox(this.#textBox(element), map);
      case 'rect':
      case 'image':
        return mapBox(rectangle(element), map);
      case 'g':
      case 'svg':
      case 'a':
        return union(Array.from(element.children, (child) => this.#box(child, map, true)));
      default:
        return undefined;
    }
  }

  #textBox(text: Element): Box | undefined {
    const style = inheritedStyle(text);
    const lines = Array.from(text.children).filter((child) => child.classList.contains('line'));
    return union(
      (lines.length > 0 ? lines : [text]).map((line) => {
        const width = this.#runWidth(line, style);
        if (width === 0) return undefined;
        const x = numberOf(line, 'x') ?? numberOf(text, 'x') ?? 0;
        const baseline =
          (numberOf(line, 'y') ?? numberOf(text, 'y') ?? 0) +
          ems(line.getAttribute('dy'), style.size);
        const anchor = inherited(text, 'text-anchor');
        const left = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
        return {
          left,
          right: left + width,
          top: baseline - this.metrics.ascent(style.size),
          bottom: baseline + this.metrics.descent(style.size),
        };
      }),
    );
  }

  #runWidth(node: Element, style: TextStyle): number {
    let width = 0;
    for (const child of Array.from(node.childNodes)) {
      if (child.nodeType === child.TEXT_NODE) {
        width += this.metrics.width(child.textContent ?? '', style.size, style.bold);
      } else if (child.nodeType === child.ELEMENT_NODE) {
        const element = child as Element;
        width += this.#runWidth(element, ownStyle(element, style));
      }
    }
    return width;
  }
}

/** The value of a presentation attribute or a style property of the element itself. */
function presentation(element: Element, name: string): string | undefined {
  const style = element.getAttribute('style') ?? '';
  const match = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`).exec(style);
  return match?.[1]?.trim() ?? element.getAttribute(name) ?? undefined;
}

function inherited(element: Element, name: string): string | undefined {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const value = presentation(at, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inheritedStyle(element: Element): TextStyle {
  const size = Number.parseFloat(inherited(element, 'font-size') ?? '12px');
  return { size, bold: isBold(inherited(element, 'font-weight')) };
}

function ownStyle(element: Element, parent: TextStyle): TextStyle {
  const size = presentation(element, 'font-size');
  const weight = presentation(element, 'font-weight');
  return {
    size:
      size === undefined
        ? parent.size
        : size.endsWith('%')
          ? (parent.size * Number.parseFloat(size)) / 100
          : Number.parseFloat(size),
    bold: weight === undefined ? parent.bold : isBold(weight),
  };
}

function isBold(weight: string | undefined): boolean {
  return weight === 'bold' || weight === 'bolder' || Number(weight) >= 600;
}

function numberOf(element: Element, attribute: string): number | undefined {
  const value = Number.parseFloat(element.getAttribute(attribute) ?? '');
  return Number.isNaN(value) ? undefined : value;
}

function ems(value: string | null, size: number): number {
  if (value === null) return 0;
  const number = Number.parseFloat(value);
  return value.endsWith('em') ? number * size : number;
}

function rectangle(element: Element): Box {
  const left = numberOf(element, 'x') ?? 0;
  const top = numberOf(element, 'y') ?? 0;
  return {
    left,
    top,
    right: left + (numberOf(element, 'width') ?? 0),
    bottom: top + (numberOf(element, 'height') ?? 0),
  };
}

const NUMBER = /-?[\d.]+(?:e-?\d+)?/gi;

function polyline(path: Element): Point[] {
  const commands = path.getAttribute('d') ?? '';
  const others = commands.replace(NUMBER, '').replace(/[ML,\s]/g, '');
  if (others !== '') {
    throw new Error(`the path "${commands}" has ${others} in it; only M and L are understood`);
  }
  const numbers = (commands.match(NUMBER) ?? []).map(Number);
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, at) => ({
    x: numbers[2 * at] ?? 0,
    y: numbers[2 * at + 1] ?? 0,
  }));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

function union(boxes: readonly (Box | undefined)[]): Box | undefined {
  const present = boxes.filter((box): box is Box => box !== undefined);
  if (present.length === 0) return undefined;
  return {
    left: Math.min(...present.map((box) => box.left)),
    top: Math.min(...present.map((box) => box.top)),
    right: Math.max(...present.map((box) => box.right)),
    bottom: Math.max(...present.map((box) => box.bottom)),
  };
}

function mapBox(box: Box | undefined, [a, b, c, d, e, f]: Affine): Box | undefined {
  if (box === undefined) return undefined;
  const corners = [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ] as const;
  const xs = corners.map(([x, y]) => a * x + c * y + e);
  const ys = corners.map(([x, y]) => b * x + d * y + f);
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

function compose(p: Affine, q: Affine): Affine {
  return [
    p[0] * q[0] + p[2] * q[1],
    p[1] * q[0] + p[3] * q[1],
    p[0] * q[2] + p[2] * q[3],
    p[1] * q[2] + p[3] * q[3],
    p[0] * q[4] + p[2] * q[5] + p[4],
    p[1] * q[4] + p[3] * q[5] + p[5],
  ];
}

/** Reads the transforms that Plotly writes: translate, rotate, scale, matrix. */
function transformOf(element: Element): Affine {
  let map = IDENTITY;
  for (const [, name, list] of (element.getAttribute('transform') ?? '').matchAll(
    /(\w+)\s*\(([^)]*)\)/g,
  )) {
    const n = (list ?? '')
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number);
    const at = (index: number, otherwise: number) => n[index] ?? otherwise;
    if (name === 'translate') map = compose(map, [1, 0, 0, 1, at(0, 0), at(1, 0)]);
    else if (name === 'scale') map = compose(map, [at(0, 1), 0, 0, at(1, at(0, 1)), 0, 0]);
    else if (name === 'matrix') {
      map = compose(map, [at(0, 1), at(1, 0), at(2, 0), at(3, 1), at(4, 0), at(5, 0)]);
    } else if (name === 'rotate') {
      const angle = (at(0, 0) * Math.PI) / 180;
      const [cos, sin, x, y] = [Math.cos(angle), Math.sin(angle), at(1, 0), at(2, 0)];
      map = compose(map, [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y]);
    }
  }
  return map;
}
