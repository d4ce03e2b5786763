import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { tf } from 'googlenet/runtime';
import {
  LECTURE_CONSTANTS,
  readLog,
  runFiles,
  train,
  type Constants,
  type EpochMetrics,
  type RunFiles,
  type RunStart,
  type TrainingOptions,
} from 'googlenet/training';
import { formulaImages } from './formulaImages';
import { readScalars, type Scalar } from './readScalars';

const dataset = formulaImages(16);

const CONSTANTS: Constants = {
  ...LECTURE_CONSTANTS,
  nSamples: 16,
  batchSize: 8,
  epochs: 3,
  checkpointEpochs: [],
};

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'googlenet 기록 '));
});
after(() => rm(folder, { recursive: true }));
// The trained networks; every recording of a graph would go through them all.
afterEach(() => {
  tf.disposeVariables();
});

/** Trains up to `epochs` in a folder of that name. */
async function trainTo(
  epochs: number,
  name: string,
  options: Partial<TrainingOptions> = {},
): Promise<{ history: EpochMetrics[]; files: RunFiles }> {
  const directory = path.join(folder, name);
  // Compiling a graph would take most of the time.
  return train(dataset, { ...CONSTANTS, epochs }, { directory, execution: 'eager', ...options });
}

const lines = async (file: string) => (await readFile(file, 'utf8')).split('\n');

describe("a run's log", () => {
  let files: RunFiles;
  let history: EpochMetrics[];
  let begun: number;
  let firstLines: string[];
  before(async () => {
    begun = Date.now();
    ({ files } = await trainTo(2, 'logged'));
    firstLines = await lines(files.log);
    ({ history } = await trainTo(3, 'logged'));
  });

  test("has the lecture's three columns, then time", async () => {
    const [header, ...rows] = await lines(files.log);
    assert.equal(
      header,
      'Epoch,Accuracy,Loss,ValidationAccuracy,ValidationLoss,LearningRate,Seconds,ImagesPerSecond,FinishedAt',
    );
    const [lectures, ...metrics] = await lines(files.metrics);
    assert.equal(lectures, 'Epoch,Accuracy,Loss');
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(0, 3).join(',')),
      metrics,
    );
  });

  test('has the time of each epoch, within that of the run, and its speed', async () => {
    let last = begun;
    for (const record of await readLog(files.log)) {
      const { seconds = NaN, imagesPerSecond = NaN, finishedAt = '' } = record;
      const end = Date.parse(finishedAt);
      assert.equal(new Date(end).toISOString(), finishedAt);
      assert.ok(
        seconds > 0 && end - seconds * 1000 >= last - 2,
        `${seconds} s until ${finishedAt}`,
      );
      assert.ok(Math.abs(seconds * imagesPerSecond - dataset.length) < 0.05 * dataset.length);
      last = end;
    }
    assert.ok(last <= Date.now());
  });

  test('goes on where the run goes on, and keeps the rows that it has', async () => {
    const rows = await lines(files.log);
    assert.deepEqual(rows.slice(0, 3), firstLines.slice(0, 3));
    assert.deepEqual(
      rows.slice(1).map((row) => row.split(',')[0]),
      ['0', '1', '2', ''],
    );
  });

  test('is read back, to what the run itself has', async () => {
    const records = await readLog(files.log);
    assert.deepEqual(
      records.map(({ epoch, loss, accuracy }) => ({ epoch, loss, accuracy })),
      history,
    );
    assert.ok(records.every(({ learningRate }) => learningRate === CONSTANTS.lr));
    assert.deepEqual(await readLog(path.join(folder, 'missing')), []);
  });

  test('with a row too many, as a kill can leave it, is set right', async () => {
    const whole = await readFile(files.log, 'utf8');
    for (const more of ['3', '3,0.5,2.1,,,0.0001,0.5', '3,0.5,2.1,,,0.0001,0.5,32,2026-01-01\n']) {
      await writeFile(files.log, whole + more);
      await trainTo(3, 'logged');
      assert.equal(await readFile(files.log, 'utf8'), whole);
    }
  });

  test('that was lost has the epochs again, with empty cells for their time', async () => {
    const { files: lost } = await trainTo(1, 'without times');
    await rm(lost.log);
    await trainTo(2, 'without times');
    const [, first, second] = await lines(lost.log);
    assert.match(first ?? '', /^0,[\d.]+,[\d.]+,,,0\.0001,,,$/);
    assert.match(second ?? '', /^1,[\d.]+,[\d.]+,,,0\.0001,[\d.]+,[\d.]+,\d{4}-.+Z$/);
    const [{ seconds } = {}] = await readLog(lost.log);
    assert.equal(seconds, undefined);
  });
});

describe("a run's config.json", () => {
  const starts = async ({ config }: RunFiles) =>
    JSON.parse(await readFile(config, 'utf8')) as RunStart[];

  test('says with what, on what and where a run was started', async () => {
    const begun = Date.now();
    const { files } = await trainTo(1, 'configured');
    assert.equal(files.config, path.join(folder, 'configured', 'config.json'));
    const [start, ...more] = await starts(files);
    assert.ok(start);
    assert.deepEqual(more, []);
    assert.equal(start.firstEpoch, 0);
    assert.deepEqual(start.constants, { ...CONSTANTS, epochs: 1 });
    assert.deepEqual(start.dataset, { id: 'formula', name: 'Formula (not CIFAR-10)', images: 16 });
    assert.ok(Date.parse(start.startedAt) >= begun && Date.parse(start.startedAt) <= Date.now());
    assert.equal(start.command[0], path.relative(process.cwd(), __filename));
    const { version } = JSON.parse(await readFile('lib/package.json', 'utf8')) as {
      version: string;
    };
    assert.equal(start.versions.googlenet, version);
    assert.equal(start.versions['Node.js'], process.versions.node);
    assert.match(start.versions.TensorFlow ?? '', /^2\.\d+\.\d+$/);
    assert.equal(start.versions['TensorFlow.js'], tf.version['tfjs-core']);
    assert.equal(start.machine.cores, availableParallelism());
    assert.ok(start.machine.processor.length > 0 && start.machine.memoryGiB > 0);
  });

  test('gets an entry for each start that trains, and none for one that has nothing left to', async () => {
    const { files } = await trainTo(1, 'restarted');
    await trainTo(1, 'restarted');
    await trainTo(2, 'restarted');
    assert.deepEqual(
      (await starts(files)).map(({ firstEpoch, constants: { epochs } }) => [firstEpoch, epochs]),
      [
        [0, 1],
        [1, 2],
      ],
    );
  });

  test('that is something else is named, and left as it is', async () => {
    const { config } = runFiles(path.join(folder, 'configured'), dataset.id);
    for (const other of ['{"mine": 1}', '[{']) {
      await writeFile(config, other);
      const tensors = tf.memory().numTensors;
      await assert.rejects(
        trainTo(2, 'configured'),
        (error: Error) => error.message.includes(config) && /move it away/.test(error.message),
      );
      assert.equal(tf.memory().numTensors, tensors);
      assert.equal(await readFile(config, 'utf8'), other);
    }
  });
});

describe("a run's log for TensorBoard", () => {
  const scalars = ({ tensorBoard }: RunFiles) => readScalars(tensorBoard);
  const expected = (history: readonly EpochMetrics[]): Scalar[] =>
    history.flatMap(({ epoch, loss, accuracy }) => [
      { step: epoch, tag: 'Loss/train', value: Math.fround(loss) },
      { step: epoch, tag: 'Accuracy/train', value: Math.fround(accuracy) },
      { step: epoch, tag: 'Learning rate', value: Math.fround(1e-4) },
    ]);
  const options = { tensorBoard: true };
  let history: EpochMetrics[];
  let files: RunFiles;
  before(async () => {
    await trainTo(1, 'tensorboard', options);
    ({ history, files } = await trainTo(3, 'tensorboard', options));
  });

  /** A copy of the run's folder that a test may damage. */
  async function copy(name: string): Promise<RunFiles> {
    const directory = path.join(folder, name);
    await cp(files.directory, directory, { recursive: true });
    return runFiles(directory, dataset.id);
  }

  test('is there only when it is asked for', () => {
    assert.equal(files.tensorBoard, path.join(files.directory, 'tensorboard', 'formula'));
    assert.ok(existsSync(files.tensorBoard));
    assert.equal(existsSync(path.join(folder, 'logged', 'tensorboard')), false);
  });

  test('has each epoch once, whenever the run was stopped', async () => {
    assert.deepEqual(await scalars(files), expected(history));
    assert.equal((await readdir(files.tensorBoard)).length, 2);
    await trainTo(3, 'tensorboard', options);
    assert.deepEqual(await scalars(files), expected(history));
  });

  test('has the epochs before it was asked for, too', async () => {
    const late = await trainTo(3, 'logged', options);
    assert.deepEqual(await scalars(late.files), expected(late.history));
  });

  test('without the last epochs, as a kill can leave it, gets them', async () => {
    const { tensorBoard } = await copy('killed');
    const last = path.join(tensorBoard, (await readdir(tensorBoard)).sort().at(-1) ?? '');
    const whole = await readFile(last);
    for (const length of [whole.length - 1, whole.length >> 1, 5, 0]) {
      await truncate(last, length);
      await trainTo(3, 'killed', options);
      const found = await readScalars(tensorBoard);
      const steps = new Set(found.map(({ step }) => step));
      assert.deepEqual([...steps].sort(), [0, 1, 2], `cut after ${length} bytes`);
      await rm(tensorBoard, { recursive: true });
      await cp(files.tensorBoard, tensorBoard, { recursive: true });
    }
  });

  test('of a run begun anew is a new one; the earlier one is moved with its run', async () => {
    const { directory, tensorBoard } = await copy('anew');
    // So that this process has that folder's log in hand when the folder is moved.
    await trainTo(4, 'anew', options);
    const { history: anew } = await trainTo(1, 'anew', { ...options, restart: true });
    assert.deepEqual(await readScalars(tensorBoard), expected(anew));
    const moved = runFiles(`${directory}.previous`, dataset.id);
    assert.deepEqual(
      (await scalars(moved)).map(({ step }) => step),
      [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3],
    );
  });

  test('is not written by a backend that is not TensorFlow, and a sentence says so', async () => {
    const { tensorBoard } = await copy('elsewhere');
    await rm(tensorBoard, { recursive: true });
    const messages: string[] = [];
    await tf.setBackend('cpu');
    try {
      const { history: same } = await trainTo(3, 'elsewhere', {
        ...options,
        listener: { onMessage: (message) => messages.push(message) },
      });
      assert.deepEqual(same, history);
    } finally {
      await tf.setBackend('tensorflow');
    }
    assert.match(messages.join('\n'), /^no log for TensorBoard: TensorFlow.*another backend/m);
    assert.equal(existsSync(tensorBoard), false);
  });

  test('has validation and the learning rate as it falls; so has the log', async () => {
    const { history, files } = await train(
      dataset,
      { ...CONSTANTS, epochs: 2, validation: 8, schedule: 'cosine' },
      { directory: path.join(folder, 'validated'), execution: 'eager', ...options },
    );
    const found = await scalars(files);
    const rows = (await lines(files.log)).slice(1, -1).map((row) => row.split(',').slice(3, 6));
    for (const [epoch, { validationLoss = NaN, validationAccuracy = NaN }] of history.entries()) {
      // Half a cosine over two epochs: the whole of it, then half.
      const rate = [1e-4, 5e-5][epoch] ?? NaN;
      assert.deepEqual(
        rows[epoch]?.map((cell) => Number(cell).toPrecision(9)),
        [validationAccuracy, validationLoss, rate].map((value) => value.toPrecision(9)),
      );
      for (const [tag, value] of [
        ['Loss/validation', validationLoss],
        ['Accuracy/validation', validationAccuracy],
        ['Learning rate', rate],
      ] as const) {
        const logged = found.filter((scalar) => scalar.step === epoch && scalar.tag === tag);
        assert.deepEqual(
          logged.map((scalar) => scalar.value.toPrecision(6)),
          [value.toPrecision(6)],
        );
      }
    }
  });

  test('leaves no tensor behind', async () => {
    const left = async (epochs: number) => {
      await trainTo(epochs, 'leaves none', options);
      tf.disposeVariables();
      return tf.memory().numTensors;
    };
    assert.equal(await left(2), await left(3));
  });
});
