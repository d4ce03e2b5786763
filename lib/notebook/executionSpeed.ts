import { ResidentDataset, type ImageDataset } from '../data';
import { canCompile, type Execution } from '../graph';
import { adam, GoogLeNet } from '../nn';
import { manualSeed } from '../random';
import { tf } from '../runtime';
import { batchStep, type Constants } from '../training';

/** Training steps of one batch, executed one way. */
export interface ExecutionSpeed {
  execution: Execution;
  /** Seconds of the first step; for a graph, with recording and compiling. */
  firstStepSeconds: number;
  /** The shortest of the steps after the first: what else the machine does only adds to it. */
  secondsPerStep: number;
  imagesPerSecond: number;
  /** Loss of each step. */
  losses: number[];
}

/**
 * Trains two equal, untrained networks on the first batch of the data set, one op by op and one as
 * a graph, where the device has graphs. Their steps take turns, so that whatever else the machine does meets both.
 *
 * @param steps timed for each, after a first one
 */
export async function measureExecution(
  dataset: ImageDataset,
  { batchSize, lr, seed }: Constants,
  steps: number,
): Promise<ExecutionSpeed[]> {
  const resident = new ResidentDataset(dataset);
  const indices = Int32Array.from({ length: Math.min(batchSize, dataset.length) }, (_, i) => i);
  const executions: readonly Execution[] = canCompile() ? ['eager', 'graph'] : ['eager'];
  const runs = executions.map((execution) => {
    manualSeed(seed);
    const { model } = new GoogLeNet(3, 'cifar10');
    const optimizer = adam(lr);
    const step = batchStep(model, optimizer, resident, { execution });
    return { execution, model, optimizer, step, seconds: [] as number[], losses: [] as number[] };
  });
  try {
    for (let round = 0; round <= steps; round++) {
      for (const { step, seconds, losses } of runs) {
        const start = performance.now();
        const { loss, correct } = await step({ indices });
        losses.push((await loss.data())[0] ?? NaN);
        seconds.push((performance.now() - start) / 1000);
        tf.dispose([loss, correct]);
      }
    }
  } finally {
    for (const { step, optimizer, model } of runs) {
      step.dispose();
      optimizer.dispose();
      model.dispose();
    }
    resident.dispose();
  }
  return runs.map(({ execution, losses, seconds: [firstStepSeconds = NaN, ...seconds] }) => {
    const secondsPerStep = Math.min(...seconds);
    return {
      execution,
      firstStepSeconds,
      secondsPerStep,
      imagesPerSecond: indices.length / secondsPerStep,
      losses,
    };
  });
}
