import { at } from '../ir';
import { packTransfers, replicate, synchronizedBatchNorm } from '../passes';
import { inputsOf, signatureOf, type ArgumentTree, type Step, type TensorTree } from '../record';
import {
  recordedProgram,
  rewritten,
  type ProgramOptions,
  type StepPart,
  type StepProgram,
} from './stepProgram';

/**
 * The program of a step on several workers, each with its part of the batch. Batch normalisation is
 * over the whole batch.
 *
 * @param parts at least one and at most one a worker; what they have in common is the same object
 * @throws UnsupportedStepError when the step cannot be recorded faithfully; what the step throws
 * @throws Error where a result or effect is not the same for all parts
 */
export function replicatedProgram(
  step: Step<ArgumentTree[], TensorTree>,
  parts: readonly StepPart[],
  workers: number,
  options: ProgramOptions = {},
): StepProgram {
  const total = parts.reduce((sum, { rows }) => sum + rows, 0);
  const recordings = new Map<string, StepProgram>();
  const recordingOf = ({ args, rows }: StepPart): StepProgram => {
    const signature = signatureOf(args);
    let recording = recordings.get(signature);
    if (recording === undefined) {
      const recorded = recordedProgram(step, args, { seed: options.seed ?? 0, isReplica: true });
      const program =
        parts.length > 1
          ? synchronizedBatchNorm(recorded.program, { own: rows, total })
          : recorded.program;
      recording = { ...recorded, program: rewritten(program, options) };
      recordings.set(signature, recording);
    }
    return recording;
  };
  const replicas = parts.map((part) => ({ program: recordingOf(part).program, rows: part.rows }));
  const inputs = parts.map(({ args }) => inputsOf(args));
  const args = { count: at(inputs, 0).length, common: commonIn(inputs) };
  // The last recording: the assumptions of an earlier one may not know a variable that it made.
  const recording = at([...recordings.values()], recordings.size - 1);
  return { ...recording, program: packTransfers(replicate(replicas, args, workers)) };
}

/** The places at which all lists have the same object. */
export function commonIn(lists: readonly (readonly unknown[])[]): Set<number> {
  const [first = []] = lists;
  const same = first.flatMap((one, i) => (lists.every((list) => list[i] === one) ? [i] : []));
  return new Set(same);
}
