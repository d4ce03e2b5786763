import { readFile } from 'node:fs/promises';
import type { Figure } from './figure';
import { loadFontMetrics, type FontMetrics } from './fonts';
import { PixelCanvas } from './pixelCanvas';
import { SvgGeometry, type Box } from './svgGeometry';

/** Plotly.js at work in a document that no browser shows. */
export interface PlotlyInNode {
  /** The figure drawn as SVG. */
  toSvg(figure: Figure): Promise<string>;
  /** The font that the SVG's texts were measured with. */
  metrics: FontMetrics;
}

interface PlotlyModule {
  toImage(
    figure: Figure,
    options: { format: 'svg'; imageDataOnly: true; width: number; height: number },
  ): Promise<string>;
}

let loading: Promise<PlotlyInNode> | undefined;

/** Loads jsdom and Plotly.js at the first call, which takes about a second; again if that fails. */
export function plotlyInNode(): Promise<PlotlyInNode> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<PlotlyInNode> {
  const [{ JSDOM, VirtualConsole }, metrics, source] = await Promise.all([
    import('jsdom'),
    loadFontMetrics(),
    readFile(require.resolve('plotly.js-dist'), 'utf8'),
  ]);
  const { window } = new JSDOM('', {
    runScripts: 'outside-only',
    virtualConsole: new VirtualConsole(),
  });
  giveLayout(window, metrics);
  window.eval(source);
  const plotly = window['Plotly'] as PlotlyModule;
  return {
    metrics,
    toSvg: (figure) =>
      // A copy: Plotly writes into what it draws.
      plotly.toImage(structuredClone(figure), {
        format: 'svg',
        imageDataOnly: true,
        width: figure.layout.width,
        height: figure.layout.height,
      }),
  };
}

/** Adds what Plotly asks of a browser and jsdom, which lays nothing out, does not have. */
function giveLayout(window: import('jsdom').DOMWindow, metrics: FontMetrics): void {
  const geometry = new SvgGeometry(metrics);
  Object.assign(window, { TextDecoder, TextEncoder });
  // Plotly only asks for one to run map workers, which no picture needs.
  window.URL.createObjectURL = () => 'blob:';
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return domRect(geometry.localBox(this));
    },
    getBoundingClientRect(this: Element) {
      return domRect(geometry.box(this));
    },
    getTotalLength(this: Element) {
      return geometry.pathLength(this);
    },
    getPointAtLength(this: Element, length: number) {
      return geometry.pointAtLength(this, length);
    },
    getComputedTextLength(this: Element) {
      return geometry.textLength(this);
    },
  });
  const canvases = new WeakMap<object, PixelCanvas>();
  const pixelCanvas = (element: { width: number; height: number }) => {
    const canvas = canvases.get(element) ?? new PixelCanvas(element.width, element.height);
    canvases.set(element, canvas);
    return canvas;
  };
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: { width: number; height: number }, kind: string) {
      return kind === '2d' ? pixelCanvas(this) : null;
    },
    toDataURL(this: { width: number; height: number }) {
      return pixelCanvas(this).toDataURL();
    },
  });
}

function domRect({ left, top, right, bottom }: Box) {
  const [width, height] = [right - left, bottom - top];
  return { x: left, y: top, left, top, right, bottom, width, height };
}
