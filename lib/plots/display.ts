import type { Figure } from './figure';
import { newOutput, type MimeBundle } from './notebook';
import { toPng } from './picture';

const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/** A figure in a cell that is redrawn where it stands. */
export interface LiveFigure {
  /**
   * Shows a newer state of the figure, at once or, when the last one was shown less than half a
   * second ago, a little later; only the newest state is sent. Costs no picture.
   */
  update(figure: Figure): void;
  /** Shows the last state for good, with the picture that GitHub and HTML exports show. */
  close(): Promise<void>;
}

/** Milliseconds between two states of a live figure. */
const LIVE_INTERVAL = 500;

/**
 * Shows a figure in the notebook: interactive in JupyterLab and VS Code, a picture on GitHub and
 * in exports. Await it: the picture is drawn before anything is sent.
 * @throws Error outside a notebook
 */
export async function display(figure: Figure): Promise<void> {
  const output = newOutput('display()');
  output.show(await pictured(figure));
}

/**
 * A place for a figure that changes while the cell runs, a training's curves for instance:
 * `const live = liveFigure(); … live.update(figure) …; await live.close();`
 * @throws Error outside a notebook
 */
export function liveFigure(): LiveFigure {
  const output = newOutput('liveFigure()');
  let newest: Figure | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shownAt = -Infinity;
  const show = () => {
    timer = undefined;
    if (newest === undefined) return;
    shownAt = performance.now();
    output.show(interactive(newest));
  };
  return {
    update(figure) {
      newest = figure;
      timer ??= setTimeout(show, Math.max(0, shownAt + LIVE_INTERVAL - performance.now()));
    },
    async close() {
      clearTimeout(timer);
      timer = undefined;
      if (newest !== undefined) output.show(await pictured(newest));
    },
  };
}

function interactive({ data, layout }: Figure): MimeBundle {
  const title = (layout['title'] as { text?: string } | undefined)?.text ?? 'Plotly figure';
  return {
    data: { [PLOTLY_MIME]: { data, layout }, 'text/plain': title.replace(/<[^>]*>/g, '') },
  };
}

async function pictured(figure: Figure): Promise<MimeBundle> {
  const png = await toPng(figure);
  const { data } = interactive(figure);
  const { width, height } = figure.layout;
  return {
    data: { ...data, 'image/png': png.toString('base64') },
    // The picture has two device pixels for a CSS pixel.
    metadata: { 'image/png': { width, height } },
  };
}
