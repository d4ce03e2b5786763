import { alternativeText, PLOTLY_MIME, type Figure } from '../plots';
import type { Output } from './notebook';

/** The figure that an output shows, if it shows one, in the size of its picture. */
export function figureOf({ data, metadata }: Output): Figure | undefined {
  const stored = data?.[PLOTLY_MIME] as Pick<Figure, 'data' | 'layout'> | undefined;
  const picture = metadata?.['image/png'] as
    { width: number; height: number; alt: string } | undefined;
  if (stored === undefined || picture === undefined) return undefined;
  const { width, height, alt } = picture;
  const figure = {
    data: stored.data,
    layout: { ...stored.layout, width, height },
    description: '',
  };
  return { ...figure, description: alt.slice(alternativeText(figure).length) };
}
