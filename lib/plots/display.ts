import type { Figure, FigureLayout } from './figure';
import { newOutput, type MimeBundle } from './notebook';
import { toPng, toSvg } from './picture';
import { plotlyInNode } from './plotlyInNode';

/** Under which JupyterLab and VS Code find an interactive figure. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/** A figure in a cell that is redrawn where it stands. */
export interface LiveFigure {
  /**
   * Shows a newer state of the figure as a picture. Returns at once; states that come faster than
   * they may be drawn are skipped except for the newest: drawing takes less than a hundredth of the
   * time.
   */
  update(figure: Figure): void;
  /**
   * Shows the last state for good, interactive and with its picture, as {@link display} does.
   * @throws Error of the drawing, if it failed
   */
  close(): Promise<void>;
}

/**
 * A live figure draws for no more than one part in so many of the time: the rest is the training's.
 * With the figure that stays, drawn for good at the end, a run of minutes keeps to a hundredth.
 */
const LIVE_SHARE = 150;

/**
 * Milliseconds between two states of a live figure, at the least and at the most. A drawing takes a
 * tenth to a fifth of a second, of 10 epochs as of 1,000. That of a training's curves waits for a
 * step between, and is no more work for it.
 */
const LIVE_INTERVAL = { least: 1000, most: 30_000 };

/**
 * Shows a figure in the notebook, as one output in three forms: interactive in JupyterLab and
 * VS Code, a picture on GitHub and in exports, its title elsewhere. Await it, so that the picture
 * is there before the cell ends.
 * @throws Error outside a notebook
 */
export async function display(figure: Figure): Promise<void> {
  const output = newOutput('display()');
  // JupyterLab shows a bundle's picture and makes it interactive only under the mouse, unless the
  // figure was there first.
  output.show(interactive(figure));
  output.show(await figureBundle(figure));
}

/**
 * A place for a figure that changes while the cell runs, a training's curves for instance:
 * `const live = liveFigure(); … live.update(figure) …; await live.close();`
 * @throws Error outside a notebook
 */
export function liveFigure(): LiveFigure {
  const output = newOutput('liveFigure()');
  let newest: Figure | undefined;
  let waiting: Figure | undefined;
  let timer: NodeJS.Timeout | undefined;
  let drawing: Promise<void> | undefined;
  let failure: Error | undefined;
  let readyAt = -Infinity;

  const schedule = () => {
    if (timer !== undefined || drawing !== undefined || waiting === undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        drawing = draw().finally(() => {
          drawing = undefined;
          schedule();
        });
      },
      Math.max(0, readyAt - performance.now()),
    );
  };
  // JupyterLab draws an interactive figure once and ignores its updates (plotly.py issue 3053),
  // so what moves is a picture. As SVG: pixels are more work, and four times the bytes.
  const draw = async () => {
    const figure = waiting;
    waiting = undefined;
    if (figure === undefined) return;
    let startedAt = performance.now();
    try {
      await plotlyInNode();
      // Loading happens once: it says nothing about what drawing costs.
      startedAt = performance.now();
      output.show({
        data: { 'image/svg+xml': await toSvg(figure), 'text/plain': alternativeText(figure) },
      });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    const endedAt = performance.now();
    const { least, most } = LIVE_INTERVAL;
    readyAt = endedAt + Math.min(most, Math.max(least, (endedAt - startedAt) * LIVE_SHARE));
  };

  return {
    update(figure) {
      newest = figure;
      waiting = figure;
      schedule();
    },
    async close() {
      clearTimeout(timer);
      timer = undefined;
      waiting = undefined;
      await drawing;
      if (failure !== undefined) throw failure;
      if (newest === undefined) return;
      output.show(interactive(newest));
      output.show(await figureBundle(newest));
    },
  };
}

function interactive(figure: Figure): MimeBundle {
  const { data, layout } = figure;
  return {
    data: {
      [PLOTLY_MIME]: { data, layout: layout['autosize'] === true ? withoutWidth(layout) : layout },
      // VS Code takes it for the picture's alternative text.
      'text/plain': alternativeText(figure),
    },
  };
}

/** A figure in words: its title, and what is seen. */
export function alternativeText({ layout, description }: Figure): string {
  const title = (layout['title'] as { text?: string } | undefined)?.text ?? 'Plotly figure';
  return `${title.replace('<br>', ': ').replace(/<[^>]*>/g, '')}. ${description}`;
}

/** A chart takes the width of its cell; a drawing keeps its own. */
function withoutWidth(layout: FigureLayout): Record<string, unknown> {
  return Object.fromEntries(Object.entries(layout).filter(([name]) => name !== 'width'));
}

async function picture(figure: Figure): Promise<MimeBundle> {
  const png = await toPng(figure);
  const { width, height } = figure.layout;
  return {
    data: { 'image/png': png.toString('base64') },
    // The picture has twice as many pixels: without its size a viewer would show it twice as large.
    metadata: { 'image/png': { width, height, alt: alternativeText(figure) } },
  };
}

/** What {@link display} shows in the end: the figure interactive, as a picture, and in words. */
export async function figureBundle(figure: Figure): Promise<MimeBundle> {
  const { data, metadata = {} } = await picture(figure);
  return { data: { ...interactive(figure).data, ...data }, metadata };
}
