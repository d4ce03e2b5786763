import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../../lib/dist/bench/options';
import { WORK_NAMES, type Options } from '../../lib/dist/bench/plan';
import { usualVariants, VARIANTS } from '../../lib/dist/bench/variants';

function optionsOf(...args: string[]): Options {
  const command = parseCommand(args);
  assert.ok(typeof command === 'object' && 'works' in command);
  return command;
}

test('without options everything is measured at the batches 128, 256 and 2,048', () => {
  const { works, variants, batches } = optionsOf();
  assert.deepEqual(works, WORK_NAMES);
  assert.equal(variants, undefined);
  assert.deepEqual(batches, [128, 256, 2048]);
});

test('where bfloat16 would be emulated it is measured only when asked for', () => {
  assert.deepEqual(usualVariants(false), VARIANTS);
  const float32 = VARIANTS.filter(({ id }) => !id.includes('bfloat16'));
  assert.deepEqual(usualVariants(true), float32);
  assert.equal(optionsOf('--variant', 'graph-bfloat16').variants?.[0]?.precision, 'bfloat16');
});

test('each list can be narrowed', () => {
  const { works, variants, batches, json } = optionsOf(
    ...['--batch', '64,256'],
    ...['--work', 'step,epoch'],
    ...['--variant', 'graph,eager'],
    ...['--json', 'out.json'],
  );
  assert.deepEqual(works, ['step', 'epoch']);
  assert.deepEqual(
    variants?.map(({ id }) => id),
    ['graph', 'eager'],
  );
  assert.deepEqual(batches, [64, 256]);
  assert.equal(json, 'out.json');
});

test('what an option cannot be is refused by name', () => {
  for (const [args, message] of [
    [['--batch', '128,many'], /--batch.*many/],
    [['--batch', ''], /--batch/],
    [['--rounds', '0'], /--rounds.*"0"/],
    [['--seconds', '1.5'], /--seconds.*"1.5"/],
    [['--work', 'sleep'], /--work.*"sleep".*step/],
    [['--variant', 'jax'], /--variant.*"jax".*pytorch/],
    [['--profile', 'float16'], /--profile.*"float16".*bfloat16/],
    [['--jsom', 'x'], /--jsom/],
  ] as const) {
    assert.throws(() => parseCommand(args), message, args.join(' '));
  }
});
