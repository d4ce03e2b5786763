import { thousands } from '../plots';
import { thisMachine } from '../runtime';
import { WORKS } from './plan';
import { agreements, disagrees, onGpu, ratios, rows } from './results';
import type { Agreement, Ratio, Row, Sample } from './results';
import { variantLabel } from './variants';

export type Report = ReturnType<typeof reportOf>;

/**
 * All that a benchmark found out, and where.
 * @param dataset the data set's name
 */
export function reportOf(samples: readonly Sample[], dataset: string) {
  const measured = rows(samples);
  return {
    date: new Date().toISOString(),
    machine: thisMachine(),
    device: [...new Set(samples.map(({ answer }) => answer.device))].join(' and '),
    versions: Object.fromEntries(samples.flatMap(({ answer }) => Object.entries(answer.versions))),
    dataset,
    rows: measured,
    ratios: ratios(measured),
    agreements: agreements(samples),
  };
}

/** What a table says of each thing, by column; a column that says nothing of any is left out. */
export type Columns<Thing> = Readonly<Record<string, (thing: Thing) => string | undefined>>;

const MEASURED: Columns<Row> = {
  Variant: ({ library, variant }) => `${library} ${variant}`,
  Precision: ({ precision }) => precision,
  Batch: ({ batch }) => thousands(batch),
  'Images/s': ({ work, imagesPerSecond }) =>
    thousands(imagesPerSecond, work === 'inference' ? 1 : 0),
  '±': ({ rounds, spread }) => (rounds > 1 ? `${((spread / 2) * 100).toFixed(0)} %` : '–'),
  'Peak memory': ({ peakMemoryMiB }) => `${thousands(peakMemoryMiB)} MiB`,
  'First call': ({ firstCallSeconds }) => firstCallSeconds?.toFixed(1).concat(' s'),
  'Share of its steps’ speed': ({ shareOfStep }) =>
    shareOfStep === undefined ? undefined : `${(shareOfStep * 100).toFixed(1)} %`,
};

const RATIOS: Columns<Ratio> = {
  Work: ({ work }) => WORKS[work].title,
  Batch: ({ batch }) => thousands(batch),
  googlenet: ({ of }) => of,
  Beside: ({ to }) => to,
  Speed: ({ speed }) => `× ${speed.toFixed(2)}`,
  'Peak memory': ({ memory }) => `× ${memory.toFixed(2)}`,
};

const AGREEMENTS: Columns<Agreement> = {
  'Losses of': ({ of }) => variantLabel(of),
  Beside: ({ to }) => variantLabel(to),
  'Largest relative difference': ({ relativeDifference }) => relativeDifference.toExponential(1),
  '': (agreement) => {
    const limit = agreement.limit?.toExponential(0);
    if (limit === undefined) return 'less precise by choice';
    return disagrees(agreement) ? `MORE THAN ${limit}: WRONG` : `at most ${limit}: equal`;
  },
};

/** The report as Markdown, made to be read in a terminal too. */
export function markdown(report: Report): string {
  const { processor, cores, memoryGiB, system, instructions } = report.machine;
  const extensions = instructions.length > 0 ? ` (${instructions.join(', ')})` : '';
  const programs = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const byBatch = [...report.rows].sort((a, b) => a.batch - b.batch);
  const works = [...new Set(report.rows.map(({ work }) => work))];
  const head = [
    `${processor}${extensions}, ${cores} cores, ${memoryGiB} GiB; ${system}; ${report.device}.`,
    `${programs.join(', ')}; ${report.dataset}; ${report.date.slice(0, 10)}.`,
    'Medians over rounds in which the variants take turns, each time in a new process; ±: half of largest minus smallest, as a share of the median.',
    ...notesOnDevices(report.rows),
  ];
  const sections = [
    ...works.map((work) => {
      const measured = byBatch.filter((row) => row.work === work);
      return [WORKS[work].title, table(measured, MEASURED)];
    }),
    ['Ratios', table(report.ratios, RATIOS)],
    ['The same losses', table(report.agreements, AGREEMENTS)],
  ].flatMap(([title, text]) => (text ? [`### ${title}\n\n${text}`] : []));
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`;
}

/** What is to be known where a GPU computed. */
function notesOnDevices(rows: readonly Row[]): string[] {
  if (!rows.some(onGpu)) return [];
  const notes = ["Peak memory is that of the processes' main memory: the GPU's is not counted."];
  if (!rows.every(onGpu)) {
    const ran = new Set(rows.map(({ library, device }) => `${library} ran on ${device}`));
    notes.push(`${[...ran].join(', ')}: between a CPU and a GPU no ratio is given.`);
  }
  return notes;
}

/**
 * A Markdown table whose columns are as wide as their widest cell, numbers to the right; empty where
 * there is nothing to say.
 */
export function table<Thing>(things: readonly Thing[], columns: Columns<Thing>): string {
  const padded = Object.entries(columns).flatMap(([name, textOf]) => {
    const texts = things.map(textOf);
    if (texts.every((text) => text === undefined)) return [];
    const cells = texts.map((text) => text ?? '–');
    const width = Math.max(3, name.length, ...cells.map((cell) => cell.length));
    const numeric = cells.every((cell) => /^[×\d–]/.test(cell));
    const rule = numeric ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
    const pad = (cell: string) => (numeric ? cell.padStart(width) : cell.padEnd(width));
    return [[pad(name), rule, ...cells.map(pad)]];
  });
  const lines = padded[0]?.map((_, line) => padded.map((cells) => cells[line])) ?? [];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
