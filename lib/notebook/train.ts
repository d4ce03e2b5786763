import * as path from 'node:path';
import type { ImageDataset } from '../data';
import { PROJECT_DIRECTORY } from '../files';
import type { GoogLeNet, Module } from '../nn';
import { liveFigure, notebookProgress, trainingCurves } from '../plots';
import * as training from '../training';

/**
 * {@link training.train} in a cell: with a bar, the lecture's line after each epoch, and curves that
 * grow with it.
 *
 * @param options those of {@link training.train}; the directory is {@link training.runDirectory}'s
 *   unless given
 * @throws as {@link training.train}; Error outside a notebook
 */
export async function train<Network extends Module = GoogLeNet>(
  dataset: ImageDataset,
  constants: training.Constants,
  options: Partial<training.TrainingOptions<Network>> = {},
): Promise<training.TrainingResult<Network>> {
  const curves = (history: readonly training.EpochMetrics[]) =>
    trainingCurves(history, {
      ...(options.network && { title: 'Metrics by Epoch' }),
      subtitle: dataset.name,
      checkpoints: constants.checkpointEpochs,
    });
  const progress = notebookProgress();
  const live = liveFigure();
  let result: training.TrainingResult<Network>;
  try {
    result = await training.train<Network>(dataset, constants, {
      directory: training.runDirectory(dataset, constants),
      listener: {
        onStep: (state) => {
          progress.update(state);
        },
        onEpoch: (metrics, history) => {
          console.log(training.epochLine(metrics));
          live.update(curves(history));
        },
        onMessage: (message) => {
          console.log(message);
        },
        onEnd: () => {
          progress.close();
        },
      },
      ...options,
    });
    live.update(curves(result.history));
  } finally {
    // Also after an error: what was drawn stays, and nothing is drawn later. A run is not lost for its picture.
    await live.close().catch((error: unknown) => {
      console.warn(`the curves could not be drawn: ${(error as Error).message}`);
    });
  }
  const directory = path.relative(PROJECT_DIRECTORY, result.files.directory);
  console.log(result.finished ? `finished; the files are in ${directory}` : 'stopped');
  return result;
}
