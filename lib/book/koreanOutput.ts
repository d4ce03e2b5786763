import { JSDOM } from 'jsdom';
import { figureBundle, KOREAN_FONT_FAMILY, type Figure } from '../plots';
import { figureOf } from './figureOf';
import { joined, type Output, type Text } from './notebook';
import type { Phrases } from './phrases';

/** Where Plotly's texts are in a figure; all else are settings. */
const TEXTS = new Set([
  'customdata',
  'hovertemplate',
  'hovertext',
  'labels',
  'name',
  'text',
  'texttemplate',
  'ticktext',
  'title',
]);

/** The output with Korean texts: a figure with its picture drawn anew, a table; others as they are. */
export async function koreanOutput(output: Output, phrases: Phrases): Promise<Output> {
  const figure = figureOf(output);
  if (figure) return { ...output, ...(await figureBundle(koreanFigure(figure, phrases))) };
  const html = output.data?.['text/html'];
  if (html === undefined) return output;
  const korean = koreanHtml(joined(html as Text), phrases);
  return { ...output, data: { ...output.data, 'text/html': korean } };
}

function koreanFigure({ data, layout, description }: Figure, phrases: Phrases): Figure {
  const texts = translateTexts({ data, layout }, phrases) as Pick<Figure, 'data' | 'layout'>;
  return {
    data: texts.data,
    layout: {
      ...texts.layout,
      font: { ...(layout['font'] as object), family: KOREAN_FONT_FAMILY },
      hoverlabel: { font: { family: KOREAN_FONT_FAMILY } },
    },
    description: phrases.translate(description),
  };
}

/** @param key the name under which the value stands, or the list that holds it */
function translateTexts(value: unknown, phrases: Phrases, key = ''): unknown {
  if (typeof value === 'string') return TEXTS.has(key) ? phrases.translate(value) : value;
  if (Array.isArray(value)) return value.map((item) => translateTexts(item, phrases, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, translateTexts(item, phrases, name)]),
  );
}

function koreanHtml(html: string, phrases: Phrases): string {
  const { document, NodeFilter } = new JSDOM(html).window;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.nodeValue = phrases.translate(texts.currentNode.nodeValue ?? '');
  }
  return document.body.innerHTML;
}
