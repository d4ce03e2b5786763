import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readSafetensors, writeSafetensors } from 'googlenet/nn';

/** Numbers and the bits that IEEE 754 and PyTorch round them to, by hand. At least five are exact. */
const F16: [value: number, bits: number][] = [
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff], // the largest
  [65519, 0x7bff],
  [65520, 0x7c00], // half-way to the next: infinite
  [2 ** -24, 0x0001], // the smallest
  [2 ** -25, 0x0000], // half of it: to the even one
  [3 * 2 ** -25, 0x0002],
  [1 + 2 ** -11, 0x3c00], // between two: to the even one, down
  [1 + 3 * 2 ** -11, 0x3c02], // and up
  [1 + 2 ** -11 + 2 ** -20, 0x3c01],
  [-0, 0x8000],
  [Infinity, 0x7c00],
];
const BF16: [value: number, bits: number][] = [
  [1, 0x3f80],
  [-2, 0xc000],
  [1 + 2 ** -8, 0x3f80],
  [1 + 3 * 2 ** -8, 0x3f82],
  [1 + 2 ** -8 + 2 ** -20, 0x3f81],
  [3.4028234663852886e38, 0x7f80], // float32's largest
  [2 ** -133, 0x0001],
  [2 ** -134, 0x0000],
  [-0, 0x8000],
  [-Infinity, 0xff80],
];

describe('numbers of two bytes in a safetensors file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet half '));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [half, cases] of [
    ['F16', F16],
    ['BF16', BF16],
  ] as const) {
    const file = () => path.join(folder, `${half}.safetensors`);

    test(`${half}: written, each is rounded to the nearest, of two to the even one`, async () => {
      const data = Float32Array.from(cases, ([value]) => value);
      await writeSafetensors(file(), {
        tensors: new Map([['w', { shape: [data.length], data, half }]]),
      });
      const bytes = await readFile(file());
      assert.match(bytes.toString('latin1'), new RegExp(`"dtype":"${half}"`));
      const bits = bytes.subarray(-2 * cases.length);
      assert.deepEqual(
        cases.map((_, index) => bits.readUInt16LE(2 * index)),
        cases.map(([, expected]) => expected),
      );
    });

    test(`${half}: every number that there is comes back, and is written as it was`, async () => {
      const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
      const header = JSON.stringify({
        w: { dtype: half, shape: [2 ** 16], data_offsets: [0, 2 ** 17] },
      });
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      await writeFile(
        file(),
        Buffer.concat([length, Buffer.from(header), Buffer.from(all.buffer)]),
      );
      const { tensors } = await readSafetensors(file());
      const { data } = tensors.get('w') ?? {};
      assert.ok(data instanceof Float32Array);
      const exact = cases.filter(([value, bits]) => value === data[bits]);
      assert.ok(exact.length >= 5);
      await writeSafetensors(file(), { tensors });
      const again = (await readSafetensors(file())).tensors.get('w')?.data ?? [];
      // As numbers: NaN has many forms, of which not all stay what they were.
      assert.deepEqual([...again], [...data]);
    });
  }

  test('integers are refused as numbers of two bytes', async () => {
    const tensors = new Map([['w', { shape: [1], data: new Int32Array(1), half: 'F16' as const }]]);
    await assert.rejects(
      writeSafetensors(path.join(folder, 'integers.safetensors'), { tensors }),
      /w is to be F16, but is no Float32Array/,
    );
  });
});
