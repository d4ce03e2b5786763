import type { FigureLayout } from './figure';

/**
 * The first is the font that pictures are drawn and measured with. A browser that lacks it takes
 * the next one, all of which are about as wide or narrower: what fits in the picture fits there.
 */
const FONT_FAMILY = 'IBM Plex Sans, Segoe UI, Helvetica Neue, Arial, sans-serif';

/** For Korean figures. A picture's text takes one family, in its weight: Hangul needs the first. */
export const KOREAN_FONT_FAMILY = `IBM Plex Sans KR, ${FONT_FAMILY}`;

/**
 * Okabe and Ito's palette: its hues stay apart for every common form of colour blindness
 * (Okabe & Ito, "Color Universal Design", 2008; its yellow is left out, too faint on white).
 */
export const PALETTE = {
  blue: '#0072B2',
  orange: '#E69F00',
  green: '#009E73',
  vermillion: '#D55E00',
  purple: '#CC79A7',
  skyBlue: '#56B4E9',
} as const;

/** Greys, darkest first: titles, labels, lines that hold things together, lines in the background. */
export const INK = {
  title: '#1F2933',
  text: '#3E4C59',
  muted: '#616E7C',
  line: '#9AA5B1',
  grid: '#E4E7EB',
  faint: '#F5F7FA',
} as const;

/**
 * The ground of every figure. Opaque, so that texts keep their contrast on dark pages, and not quite
 * white, so that it does not glare there.
 */
export const BACKGROUND = '#F6F7F9';

/** A heatmap of shares from 0 to 1, from light to dark blue; `title` says of what. */
export function shareHeatmap(title: string): Record<string, unknown> {
  return {
    type: 'heatmap',
    zmin: 0,
    zmax: 1,
    xgap: 1,
    ygap: 1,
    colorscale: [
      [0, '#FFFFFF'],
      [0.1, '#C6DBEF'],
      [0.4, '#6BAED6'],
      [0.7, '#2171B5'],
      [1, '#08306B'],
    ],
    colorbar: {
      title: { text: title, side: 'right', font: { size: 13 } },
      tickformat: '.0%',
      thickness: 14,
      outlinewidth: 0,
    },
  };
}

/** Colours in the order in which traces take them. */
export const COLORWAY = Object.values(PALETTE);

/**
 * CSS pixels that a figure is wide, or wider only if its content asks for it: as wide as a cell of
 * JupyterLab beside its file browser, where a wider picture is cut off.
 */
export const FIGURE_WIDTH = 800;

/** Every figure's title block. */
export interface Heading {
  /** What is seen. */
  title: string;
  /** A second, quieter line: the data set, the setting. */
  subtitle?: string | undefined;
}

/** Pixels that {@link baseLayout} keeps above the plot for the title block. */
export function headingHeight({ subtitle }: Heading): number {
  return subtitle === undefined ? 56 : 78;
}

/** What all figures share: ground, font, title at the upper left. */
export function baseLayout(heading: Heading, width: number, height: number): FigureLayout {
  return {
    width,
    height,
    paper_bgcolor: BACKGROUND,
    plot_bgcolor: BACKGROUND,
    colorway: COLORWAY,
    font: { family: FONT_FAMILY, size: 13, color: INK.text },
    title: {
      // VS Code's Plotly knows no subtitle of its own, hence the second line.
      text:
        `<b>${heading.title}</b>` +
        (heading.subtitle === undefined
          ? ''
          : `<br><span style="font-size:13px;color:${INK.muted}">${heading.subtitle}</span>`),
      font: { size: 17, color: INK.title },
      x: 0,
      xref: 'container',
      xanchor: 'left',
      y: 1,
      yref: 'container',
      yanchor: 'top',
      // Plotly places a title of two lines 0.7 em higher than one of a single line.
      pad: { l: 20, t: heading.subtitle === undefined ? 18 : 30 },
    },
    margin: { l: 72, r: 28, t: headingHeight(heading), b: 56 },
    hoverlabel: { font: { family: FONT_FAMILY } },
  };
}

/** An axis with a light grid; `title` carries the unit. */
export function axis(title?: string): Record<string, unknown> {
  return {
    ...(title === undefined ? {} : { title: { text: title, standoff: 10, font: { size: 14 } } }),
    gridcolor: INK.grid,
    zeroline: false,
    linecolor: INK.line,
    tickcolor: INK.line,
    automargin: true,
  };
}

/**
 * Settings of an axis with a place for each name, from 0 on. By the names themselves Plotly would
 * draw equal ones in one place.
 */
export function namedPlaces(names: readonly string[]): Record<string, unknown> {
  return {
    tickvals: places(names),
    ticktext: names,
    range: [-0.5, Math.max(1, names.length) - 0.5],
    showgrid: false,
  };
}

/** The places of {@link namedPlaces}. */
export function places(names: readonly unknown[]): number[] {
  return names.map((_, place) => place);
}

/** An axis that only gives coordinates to a drawing: nothing of it is seen, nothing zooms. */
export function hiddenAxis(range: readonly [number, number]): Record<string, unknown> {
  return { visible: false, range: [...range], fixedrange: true, constrain: 'domain' };
}

/** A number as a person reads it: `387,296`; with one decimal `1,234.5`. */
export function thousands(value: number | bigint, decimals = 0): string {
  return new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

/** A large number with an SI suffix: `1.63 G`, `163.7 k`, `416`; with 3 digits `164 k`. */
export function compact(value: number, digits: 3 | 4 = 4): string {
  const decimals = (scaled: number) =>
    Math.abs(scaled) >= 100 ? digits - 3 : Math.abs(scaled) >= 10 ? digits - 2 : 2;
  // Rounded before the unit is chosen: 999,999 is 1.00 M, and no 1000.0 k.
  const small = Number(value.toFixed(2));
  if (Math.abs(small) < 1000) return small.toLocaleString('en-US');
  let text = '';
  for (const [factor, suffix] of [
    [1e3, ' k'],
    [1e6, ' M'],
    [1e9, ' G'],
  ] as const) {
    const scaled = value / factor;
    const rounded = Number(scaled.toFixed(decimals(scaled)));
    text = `${rounded.toFixed(decimals(rounded))}${suffix}`;
    if (Math.abs(rounded) < 1000) break;
  }
  return text;
}

/** The larger of white and nearly black in contrast: what a text on a surface of this colour is drawn in. */
export function textColourOn(fill: string): string {
  const [dark, light] = ['#0B1116', '#FFFFFF'] as const;
  return contrast(dark, fill) > contrast(light, fill) ? dark : light;
}

/** How well a text is told from its ground, 1 to 21; 4.5 is enough (W3C, WCAG 2.2, 1.4.3). */
export function contrast(colour: string, ground: string): number {
  const [darker = 0, lighter = 0] = [luminance(colour), luminance(ground)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of a colour `#RRGGBB`, 0 to 1 (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Settings of an axis from 0 on whose highest tick is not below the highest value. */
export function ticksUpTo(highest: number): { tick0: 0; dtick: number; range: [number, number] } {
  const rough = (highest > 0 ? highest : 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const dtick = power * ([1, 2, 5].find((step) => step * power >= rough) ?? 10);
  const top = Math.max(1, Math.ceil(highest / dtick)) * dtick;
  return { tick0: 0, dtick, range: [0, top] };
}

/** A shape in the lecture's notation: `(192, 100, 100)`. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}
