import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../../lib/dist/bench/options';
import { WORK_NAMES } from '../../lib/dist/bench/plan';
import { defaultVariants, VARIANTS } from '../../lib/dist/bench/variants';
import { hasBfloat16 } from '../../lib/runtime/processor';

test('without options everything is measured at the batches 128, 256 and 2,048', () => {
  const command = parseCommand([]);
  assert.ok(command.kind === 'measure');
  assert.deepEqual(command.works, WORK_NAMES);
  assert.equal(command.variants, undefined);
  assert.deepEqual(defaultVariants(false), VARIANTS);
  assert.deepEqual(command.batches, [128, 256, 2048]);
});

test('where bfloat16 would be emulated it is measured only when asked for', () => {
  const float32 = VARIANTS.filter(({ id }) => !id.includes('bfloat16'));
  assert.deepEqual(defaultVariants(true), float32);
  const command = parseCommand(['--variant', 'graph-bfloat16']);
  assert.ok(command.kind === 'measure');
  assert.equal(command.variants?.[0]?.precision, 'bfloat16');
});

test('each list can be narrowed', () => {
  const command = parseCommand([
    ...['--batch', '64,256'],
    ...['--work', 'step,epoch'],
    ...['--variant', 'graph'],
    ...['--json', 'out.json'],
  ]);
  assert.ok(command.kind === 'measure');
  assert.deepEqual(command.works, ['step', 'epoch']);
  assert.deepEqual(
    command.variants?.map(({ id }) => id),
    ['graph'],
  );
  assert.deepEqual(command.batches, [64, 256]);
  assert.equal(command.json, 'out.json');
});

test('what an option cannot be is refused by name', () => {
  for (const [args, message] of [
    [['--batch', '128,many'], /--batch.*many/],
    [['--batch', ''], /--batch/],
    [['--rounds', '0'], /--rounds.*"0"/],
    [['--seconds', '1.5'], /--seconds.*"1.5"/],
    [['--work', 'sleep'], /--work.*"sleep".*step/],
    [['--variant', 'jax'], /--variant.*"jax".*pytorch/],
    [['--jsom', 'x'], /--jsom/],
  ] as const) {
    assert.throws(() => parseCommand(args), message, args.join(' '));
  }
});

test('a Mac is asked whether it has bfloat16; where it does not say, it has none', () => {
  for (const [answer, expected] of [
    ['1', true],
    ['0', false],
    [undefined, false],
  ] as const) {
    assert.equal(
      hasBfloat16('darwin', (name) => (name === 'hw.optional.arm.FEAT_BF16' ? answer : '1')),
      expected,
    );
  }
});
