/**
 * The whole check of a device in one report: what it is, how its numbers compare with the CPU's,
 * and its speed beside PyTorch's in the same run.
 */
import { getDevice } from '../runtime';
import { deviceParity, type Rounding } from './parity';
import { table } from './report';
import { benchmark } from './run';
import { VARIANTS } from './variants';

const BATCHES = [256, 2048];

async function main(): Promise<void> {
  console.log('# Device\n');
  getDevice();

  console.log('\n# Parity with the CPU\n');
  const rows: string[][] = [];
  for (const rounding of ['float32', 'TF32'] satisfies Rounding[]) {
    for (const { what, difference } of await deviceParity(rounding)) {
      rows.push([what, rounding, difference.toExponential(1)]);
    }
  }
  console.log(table(['What', 'Precision', 'Largest relative difference'], rows));

  console.log('\n# Speed beside PyTorch\n');
  await benchmark({
    works: ['losses', 'step', 'epoch'],
    batches: BATCHES,
    variants: [...VARIANTS],
    rounds: undefined,
    seconds: 8,
    samples: undefined,
    json: undefined,
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
