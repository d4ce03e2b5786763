import { LECTURE_CONSTANTS, train } from 'googlenet/training';
import { formulaImages } from './formulaImages';

/** Trains in the directory that is its argument and prints each step: a process for a test to kill. */
void train(
  formulaImages(80),
  { ...LECTURE_CONSTANTS, nSamples: 80, batchSize: 32, epochs: 3, checkpointEpochs: [1] },
  {
    directory: process.argv[2] ?? '',
    listener: {
      onStep: ({ epoch, batch }) => {
        console.log(`epoch ${epoch} batch ${batch}`);
      },
    },
  },
);
