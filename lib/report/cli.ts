/**
 * The whole check of an NVIDIA GPU in one report: what it is, how its numbers compare with the CPU's,
 * and its speed beside PyTorch's in the same run.
 */
import { getDevice } from '../runtime';
import { benchmark, refuseWebgpu, SECONDS, table } from '../bench';
import { deviceParity, type Parity, type Rounding } from './parity';

async function main(): Promise<void> {
  refuseWebgpu();
  console.log('# Device\n');
  const onGpu = getDevice().type === 'cuda';
  if (!onGpu) console.log('No GPU computed anything in this report: it is of the CPU.');

  console.log('\n# Parity with the CPU\n');
  const roundings: Rounding[] = onGpu ? ['float32', 'TF32'] : ['float32'];
  const rows: (Parity & { rounding: Rounding })[] = [];
  for (const rounding of roundings) {
    rows.push(...(await deviceParity(rounding)).map((parity) => ({ ...parity, rounding })));
  }
  console.log(
    table(rows, {
      What: ({ what }) => what,
      Precision: ({ rounding }) => rounding,
      'Largest relative difference': ({ difference }) => difference.toExponential(1),
    }),
  );

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
