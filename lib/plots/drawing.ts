import type { Figure } from './figure';
import { INK, baseLayout, hiddenAxis, type Heading } from './style';
import { pngDataUri, type Pixels } from './pixels';

/** How a text stands at its point. */
export interface LabelStyle {
  size?: number;
  colour?: string;
  bold?: boolean;
  /** Which side of the text is at x, and at y. */
  align?: 'left' | 'center' | 'right';
  valign?: 'top' | 'middle' | 'bottom';
}

/** How a rectangle looks. */
export interface BoxStyle {
  fill?: string;
  line?: string;
  lineWidth?: number;
}

/** A figure drawn of boxes, arrows, texts and pictures, in pixels from its upper left corner. */
export class Drawing {
  readonly #shapes: Record<string, unknown>[] = [];
  readonly #annotations: Record<string, unknown>[] = [];
  readonly #images: Record<string, unknown>[] = [];

  constructor(
    private readonly heading: Heading,
    readonly width: number,
    readonly height: number,
  ) {}

  box(x: number, y: number, width: number, height: number, style: BoxStyle = {}): void {
    const { fill = 'rgba(0, 0, 0, 0)', line = INK.line, lineWidth = 1 } = style;
    this.#shapes.push({
      type: 'rect',
      x0: x,
      x1: x + width,
      y0: y,
      y1: y + height,
      fillcolor: fill,
      line: { color: line, width: lineWidth },
      layer: 'above',
    });
  }

  label(text: string, x: number, y: number, style: LabelStyle = {}): void {
    const {
      size = 13,
      colour = INK.text,
      bold = false,
      align = 'center',
      valign = 'middle',
    } = style;
    this.#annotations.push({
      text: bold ? `<b>${text}</b>` : text,
      x,
      y,
      xanchor: align,
      yanchor: valign,
      align,
      showarrow: false,
      borderpad: 0,
      font: { size, color: colour },
    });
  }

  arrow(fromX: number, fromY: number, toX: number, toY: number): void {
    this.#annotations.push({
      text: '',
      x: toX,
      y: toY,
      ax: fromX,
      ay: fromY,
      xref: 'x',
      yref: 'y',
      axref: 'x',
      ayref: 'y',
      showarrow: true,
      arrowhead: 2,
      arrowsize: 1,
      arrowwidth: 1.5,
      arrowcolor: INK.muted,
      // An arrow without a text of its own starts exactly at its tail.
      standoff: 1,
    });
  }

  picture(pixels: Pixels, x: number, y: number, width: number, height: number): void {
    this.#images.push({
      source: pngDataUri(pixels),
      xref: 'x',
      yref: 'y',
      x,
      y,
      xanchor: 'left',
      yanchor: 'top',
      sizex: width,
      sizey: height,
      sizing: 'stretch',
      layer: 'below',
    });
  }

  /** @param description what is seen, in words */
  figure(description: string): Figure {
    return {
      description,
      // A subplot without a trace is not drawn, and its shapes with it.
      data: [
        {
          type: 'scatter',
          x: [0],
          y: [0],
          mode: 'markers',
          marker: { opacity: 0 },
          hoverinfo: 'skip',
        },
      ],
      layout: {
        ...baseLayout(this.heading, this.width, this.height),
        margin: { l: 0, r: 0, t: 0, b: 0 },
        xaxis: hiddenAxis([0, this.width]),
        // Pixels stay square where a viewer stretches the figure.
        yaxis: { ...hiddenAxis([this.height, 0]), scaleanchor: 'x' },
        showlegend: false,
        dragmode: false,
        shapes: this.#shapes,
        annotations: this.#annotations,
        images: this.#images,
      },
    };
  }
}
