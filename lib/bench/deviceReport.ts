/**
 * The whole check of an NVIDIA GPU in one report: what it is, how its numbers compare with the CPU's,
 * and its speed beside PyTorch's in the same run.
 */
import { getDevice } from '../runtime';
import { benchmark, refuseWebgpu } from './benchmark';
import { SECONDS } from './options';
import { deviceParity, type Rounding } from './parity';
import { table } from './report';

async function main(): Promise<void> {
  refuseWebgpu();
  console.log('# Device\n');
  const onGpu = getDevice().type === 'cuda';
  if (!onGpu) console.log('No GPU computed anything in this report: it is of the CPU.');

  console.log('\n# Parity with the CPU\n');
  const rows: string[][] = [];
  const roundings: Rounding[] = onGpu ? ['float32', 'TF32'] : ['float32'];
  for (const rounding of roundings) {
    for (const { what, difference } of await deviceParity(rounding)) {
      rows.push([what, rounding, difference.toExponential(1)]);
    }
  }
  console.log(table(['What', 'Precision', 'Largest relative difference'], rows));

  console.log('\n# Speed beside PyTorch\n');
  await benchmark({
    works: ['losses', 'step', 'epoch'],
    batches: [256, 2048],
    // As many as show a spread: the report is to be read within the hour it takes.
    rounds: 2,
    seconds: SECONDS,
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
