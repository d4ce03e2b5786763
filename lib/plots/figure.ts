/**
 * A Plotly figure: plain data that Plotly.js, JupyterLab and VS Code understand as it is.
 * Traces and layout are described at https://plotly.com/javascript/reference/.
 */
export interface Figure {
  data: Record<string, unknown>[];
  layout: FigureLayout;
  /** What is seen, for those who do not see it: the alternative text of its picture. */
  description: string;
}

/** A figure's layout; every figure of this library has a size, so that its picture has one too. */
export interface FigureLayout extends Record<string, unknown> {
  /** CSS pixels. */
  width: number;
  /** CSS pixels. */
  height: number;
}
