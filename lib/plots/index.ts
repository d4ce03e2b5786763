export * from './figures';
export {
  alternativeText,
  display,
  figureBundle,
  liveFigure,
  PLOTLY_MIME,
  type LiveFigure,
} from './display';
export type { Figure, FigureLayout } from './figure';
export { displayStages, type NetworkStage } from './networkStage';
export { inNotebook, type MimeBundle } from './notebook';
export { saveFigure, toPng, toSvg, type PictureSize } from './picture';
export { notebookProgress, type NotebookProgress, type BarState } from './progressBar';
export {
  INK,
  KOREAN_FONT_FAMILY,
  PALETTE,
  axis,
  baseLayout,
  headingHeight,
  textColourOn,
  thousands,
  type Heading,
} from './style';
export { displayTable, type DataFrameLike, type TableOptions, type TableSource } from './table';
