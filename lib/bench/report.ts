import { thousands } from '../plots';
import type { Machine } from './machine';
import type { Work } from './protocol';
import { disagrees, onGpu, type Agreement, type Ratio, type Row } from './results';
import { variantLabel } from './variants';

/** All that a run found out. */
export interface Report {
  /** ISO 8601. */
  date: string;
  machine: Machine;
  /** `CPU`, or the GPU's name; both where both computed. */
  device: string;
  /** Version of each program, by name. */
  versions: Record<string, string>;
  /** The data set's name. */
  dataset: string;
  rows: Row[];
  ratios: Ratio[];
  agreements: Agreement[];
}

const TITLES: Readonly<Record<Work, string>> = {
  losses: 'First losses',
  step: 'Training step',
  epoch: 'Whole epoch, data included',
  evaluation: 'Evaluation of the test images, data included',
  inference: 'Inference, 224×224, 1,000 classes',
};

/** The report as Markdown, made to be read in a terminal too. */
export function markdown(report: Report): string {
  const { machine, versions } = report;
  const works = [...new Set(report.rows.map(({ work }) => work))];
  const extensions =
    machine.instructions.length > 0 ? [`(${machine.instructions.join(', ')})`] : [];
  const sections = [
    [
      `${[machine.processor, ...extensions].join(' ')}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; ${report.device}.`,
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}; ${report.dataset}; ${report.date.slice(0, 10)}.`,
      'Medians over rounds in which the variants take turns, each time in a new process; ±: half of largest minus smallest, as a share of the median.',
      ...notesOnDevices(report.rows),
    ].join('\n'),
    ...works.map((work) =>
      section(
        TITLES[work],
        workTable(
          work,
          report.rows.filter((row) => row.work === work),
        ),
      ),
    ),
    ...(report.ratios.length > 0 ? [section('Ratios', ratioTable(report.ratios))] : []),
    ...(report.agreements.length > 0
      ? [section('The same losses', agreementTable(report.agreements))]
      : []),
  ];
  return `${sections.join('\n\n')}\n`;
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

function section(title: string, body: string): string {
  return `### ${title}\n\n${body}`;
}

function workTable(work: Work, rows: readonly Row[]): string {
  const firstCalls = rows.some(({ firstCallSeconds }) => firstCallSeconds !== undefined);
  const shares = rows.some(({ shareOfStep }) => shareOfStep !== undefined);
  const header = ['Variant', 'Precision', 'Batch', 'Images/s', '±', 'Peak memory'];
  if (firstCalls) header.push('First call');
  if (shares) header.push('Share of its steps’ speed');
  return table(
    header,
    [...rows]
      .sort((a, b) => a.batch - b.batch)
      .map((row) => [
        `${row.library} ${row.variant}`,
        row.precision,
        thousands(row.batch),
        thousands(row.imagesPerSecond, work === 'inference' ? 1 : 0),
        row.rounds > 1 ? `${((row.spread / 2) * 100).toFixed(0)} %` : '–',
        `${thousands(row.peakMemoryMiB)} MiB`,
        ...(firstCalls
          ? [row.firstCallSeconds === undefined ? '–' : `${row.firstCallSeconds.toFixed(1)} s`]
          : []),
        ...(shares ? [`${((row.shareOfStep ?? NaN) * 100).toFixed(1)} %`] : []),
      ]),
  );
}

function ratioTable(ratios: readonly Ratio[]): string {
  return table(
    ['Work', 'Batch', 'googlenet', 'Beside', 'Speed', 'Peak memory'],
    ratios.map(({ work, batch, of, to, speed, memory }) => [
      TITLES[work],
      thousands(batch),
      of,
      to,
      `× ${speed.toFixed(2)}`,
      `× ${memory.toFixed(2)}`,
    ]),
  );
}

function agreementTable(agreements: readonly Agreement[]): string {
  return table(
    ['Losses of', 'Beside', 'Largest relative difference', ''],
    agreements.map((agreement) => [
      variantLabel(agreement.of),
      variantLabel(agreement.to),
      agreement.relativeDifference.toExponential(1),
      verdict(agreement),
    ]),
  );
}

function verdict(agreement: Agreement): string {
  if (agreement.limit === undefined) return 'less precise by choice';
  const limit = agreement.limit.toExponential(0);
  return disagrees(agreement) ? `MORE THAN ${limit}: WRONG` : `at most ${limit}: equal`;
}

/** A Markdown table whose columns are as wide as their widest cell; numbers to the right. */
export function table(header: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(3, name.length, ...body.map((cells) => cells[column]?.length ?? 0)),
  );
  const numeric = header.map(
    (_, column) => body.length > 0 && body.every((cells) => /^[×\d–]/.test(cells[column] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(' | ')} |`;
  const rule = widths.map((width, column) =>
    numeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(header), line(rule), ...body.map(line)].join('\n');
}
