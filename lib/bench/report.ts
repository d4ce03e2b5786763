import { thousands } from '../plots';
import type { Machine } from '../runtime';
import { WORKS, type Work } from './plan';
import { disagrees, onGpu, type Agreement, type Ratio, type Row } from './results';
import { variantLabel } from './variants';

/** All that a benchmark found out. */
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

/** The report as Markdown, made to be read in a terminal too. */
export function markdown(report: Report): string {
  const { machine, versions, rows, ratios, agreements } = report;
  const { instructions } = machine;
  const extensions = instructions.length > 0 ? ` (${instructions.join(', ')})` : '';
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const works = [...new Set(rows.map(({ work }) => work))];
  const sections = [
    [
      `${machine.processor}${extensions}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; ${report.device}.`,
      `${programs.join(', ')}; ${report.dataset}; ${report.date.slice(0, 10)}.`,
      'Medians over rounds in which the variants take turns, each time in a new process; ±: half of largest minus smallest, as a share of the median.',
      ...notesOnDevices(rows),
    ].join('\n'),
    ...works.map((work) =>
      workSection(
        work,
        rows.filter((row) => row.work === work),
      ),
    ),
    ...(ratios.length > 0 ? [ratioSection(ratios)] : []),
    ...(agreements.length > 0 ? [agreementSection(agreements)] : []),
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

function workSection(work: Work, rows: readonly Row[]): string {
  const firstCalls = rows.some(({ firstCallSeconds }) => firstCallSeconds !== undefined);
  const shares = rows.some(({ shareOfStep }) => shareOfStep !== undefined);
  const header = ['Variant', 'Precision', 'Batch', 'Images/s', '±', 'Peak memory'];
  if (firstCalls) header.push('First call');
  if (shares) header.push('Share of its steps’ speed');
  const body = [...rows]
    .sort((a, b) => a.batch - b.batch)
    .map((row) => [
      `${row.library} ${row.variant}`,
      row.precision,
      thousands(row.batch),
      thousands(row.imagesPerSecond, work === 'inference' ? 1 : 0),
      row.rounds > 1 ? `${((row.spread / 2) * 100).toFixed(0)} %` : '–',
      `${thousands(row.peakMemoryMiB)} MiB`,
      ...(firstCalls ? [row.firstCallSeconds ? `${row.firstCallSeconds.toFixed(1)} s` : '–'] : []),
      ...(shares ? [`${((row.shareOfStep ?? NaN) * 100).toFixed(1)} %`] : []),
    ]);
  return section(WORKS[work].title, header, body);
}

function ratioSection(ratios: readonly Ratio[]): string {
  return section(
    'Ratios',
    ['Work', 'Batch', 'googlenet', 'Beside', 'Speed', 'Peak memory'],
    ratios.map(({ work, batch, of, to, speed, memory }) => [
      WORKS[work].title,
      thousands(batch),
      of,
      to,
      `× ${speed.toFixed(2)}`,
      `× ${memory.toFixed(2)}`,
    ]),
  );
}

function agreementSection(agreements: readonly Agreement[]): string {
  return section(
    'The same losses',
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

function section(title: string, header: string[], body: string[][]): string {
  return `### ${title}\n\n${table(header, body)}`;
}

/** A Markdown table whose columns are as wide as their widest cell; numbers to the right. */
export function table(header: readonly string[], body: readonly (readonly string[])[]): string {
  const columns = header.map((name, at) => {
    const cells = body.map((row) => row[at] ?? '');
    const width = Math.max(3, name.length, ...cells.map((cell) => cell.length));
    const numeric = cells.length > 0 && cells.every((cell) => /^[×\d–]/.test(cell));
    const rule = numeric ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
    const pad = (cell: string) => (numeric ? cell.padStart(width) : cell.padEnd(width));
    return [pad(name), rule, ...cells.map(pad)];
  });
  const lines = Array.from({ length: body.length + 2 }, (_, at) =>
    columns.map((cells) => cells[at]),
  );
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
