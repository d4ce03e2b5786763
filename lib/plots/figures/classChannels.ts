import type { Figure } from '../figure';
import { requireLength } from '../requireLength';
import {
  FIGURE_WIDTH,
  INK,
  axis,
  baseLayout,
  headingHeight,
  namedPlaces,
  places,
  shareHeatmap,
  type Heading,
} from '../style';
import { sum } from '../sum';

/** Channels shown of each class, at the most. */
const CHANNELS = 3;

/**
 * Which channels speak for which class: a row for each class, and in its columns the channels that
 * answer to it most, by how far their mean exceeds the mean over the other classes. Colour is the
 * channel's mean over the images of the class, as a share of its greatest; without ReLU the mean of
 * a channel may be below 0 for every class, which has no shares.
 * @param activations mean activation by class (row) and channel; NaN for a class without images,
 *   whose row is left blank and says so
 * @throws RangeError when there are not as many rows as class names
 */
export function classChannels(
  activations: readonly (readonly number[])[],
  classNames: readonly string[],
  heading: Heading,
): Figure {
  requireLength('activations', activations, classNames.length, 'one row for each class');
  const columns = activations[0]?.map((_, channel) => {
    const values = activations.map((row) => row[channel] ?? NaN);
    const known = values.filter(Number.isFinite);
    const greatest = Math.max(...known);
    const label = values.indexOf(greatest);
    const others = (sum(known) - greatest) / Math.max(1, known.length - 1);
    return {
      channel,
      label,
      greatest,
      lead: greatest - others,
      shares: values.map((value) => (Number.isFinite(value) ? value / greatest : null)),
    };
  });
  const shown = classNames.flatMap((_, label) =>
    (columns ?? [])
      .filter((column) => column.label === label && column.greatest > 0 && column.lead > 0)
      .sort((a, b) => b.lead - a.lead)
      .slice(0, CHANNELS),
  );
  const names = shown.map(({ channel }) => String(channel));
  const rowNames = classNames.map((name, row) =>
    activations[row]?.some(Number.isFinite) ? name : `${name} (no images)`,
  );
  const top = headingHeight(heading);
  return {
    data: [
      {
        ...shareHeatmap('share of the greatest'),
        x: places(names),
        y: places(classNames),
        z: classNames.map((_, row) => shown.map(({ shares }) => shares[row])),
        customdata: classNames.map((name) => names.map((channel) => [name, channel])),
        hoverongaps: false,
        hovertemplate:
          'channel %{customdata[1]}, %{customdata[0]}: %{z:.0%} of its greatest mean<extra></extra>',
      },
    ],
    layout: {
      ...baseLayout(heading, FIGURE_WIDTH, top + classNames.length * 26 + 96),
      margin: { l: 120, r: 110, t: top, b: 96 },
      xaxis: { ...axis('channel'), ...namedPlaces(names), tickangle: -90, color: INK.text },
      yaxis: {
        ...axis('class'),
        ...namedPlaces(rowNames),
        autorange: 'reversed',
        color: INK.text,
      },
    },
    description: `A heatmap of mean activations. Most of all answer ${rowNames
      .map((name, label) => {
        const own = shown.filter((column) => column.label === label);
        const numbers = own.map(({ channel }) => channel).join(', ');
        return own.length === 0 ? `to ${name} none` : `to ${name} the channels ${numbers}`;
      })
      .join('; ')}.`,
  };
}
