import './deviceOption';
import { loadDataset, shiftedViews, type DatasetName, type View } from '../data';
import { saveFigure, trainingCurves } from '../plots';
import { getDevice, INTERRUPTED, selectDevice } from '../runtime';
import {
  bestCheckpoint,
  evaluateCheckpoints,
  findCheckpoints,
  networkOf,
  readLog,
  runDirectory,
  train,
  type Checkpoint,
  type Constants,
  type EvaluatedCheckpoint,
} from '../training';
import { endWithParent } from './endWithParent';
import { isArgumentError } from './options';
import { prepareSummary, summarize, writeSummary } from './summary';
import { terminalProgress } from './terminalProgress';
import { HELP, readCommandLine } from './trainOptions';
import { directed, reportFailure, trainOnWorkers } from './workers';

async function main(): Promise<void> {
  const request = readCommandLine(process.argv.slice(2));
  if (request === undefined) {
    console.log(HELP);
    return;
  }
  const { name, samples, tensorBoard, json, restart } = request;
  const views = request.views ? shiftedViews() : [];
  if (json !== undefined) await prepareSummary(json);
  const director = directed();
  // The step under way is the last, as with Ctrl-C.
  if (!director) endWithParent('SIGTERM');
  if (request.workers && !director) {
    process.exitCode = await trainOnWorkers(request.workers, json);
    if (process.exitCode === INTERRUPTED) console.log(GO_ON);
    return;
  }
  await selectDevice(request.device);
  getDevice();
  const dataset = await loadDataset({
    name,
    split: 'train',
    ...(samples !== undefined && { samples }),
  });
  const constants = { ...request.constants, nSamples: dataset.length };
  const directory = request.directory ?? runDirectory(dataset, constants);

  console.log(`${dataset.name}: ${dataset.length} training images; files in ${directory}`);
  const { files, history, finished } = await train(dataset, constants, {
    directory,
    listener: director?.reporting(terminalProgress()) ?? terminalProgress(),
    restart,
    tensorBoard,
    workers: director?.workers,
  });
  const kept = findCheckpoints(files, constants, history);
  if (finished) {
    await saveFigure(trainingCurves(history, { subtitle: dataset.name }), files.picture);
    console.log(`wrote ${files.model}, ${files.metrics}, ${files.picture}`);
  } else {
    // Whoever directs the run may have it go on itself.
    if (!director) console.log(GO_ON);
    process.exitCode = INTERRUPTED;
  }
  const evaluated = finished ? await evaluateKept(name, kept, constants, views) : undefined;
  if (json !== undefined) {
    const records = await readLog(files.log);
    const summary = summarize({
      constants,
      dataset,
      records,
      files,
      kept,
      evaluated,
      views: Math.max(1, views.length),
    });
    await (director ? director.tell(summary) : writeSummary(json, summary));
  }
}

/** Finds out and prints how every kept model does on the test set, and the best of them. */
async function evaluateKept(
  name: DatasetName,
  kept: readonly Checkpoint[],
  constants: Constants,
  views: readonly View[],
): Promise<EvaluatedCheckpoint[]> {
  const testSet = await loadDataset({ name, split: 'test' });
  const evaluated = await evaluateCheckpoints(kept, testSet, () => networkOf(constants), { views });
  if (views.length > 0)
    console.log(`each test image is judged by the mean of ${views.length} views`);
  for (const { epoch, evaluation } of evaluated) {
    console.log(
      `epoch ${epoch}: test loss ${evaluation.loss.toFixed(4)}, test accuracy ${evaluation.accuracy.toFixed(4)}`,
    );
  }
  const best = bestCheckpoint(evaluated);
  console.log(`best on the test set: epoch ${best.epoch}, ${best.file}`);
  return evaluated;
}

const GO_ON = 'give the same command again to go on';

main().catch((error: unknown) => {
  if (reportFailure(error)) return;
  console.error(error instanceof Error ? error.message : error);
  if (isArgumentError(error)) console.error('npm run train -- --help lists the options');
  process.exitCode = 1;
});
