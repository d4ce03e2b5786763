import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  readSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from 'googlenet/nn';

/** A safetensors file from a header, which may be anything, and data. */
function rawFile(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

describe('safetensors', () => {
  let directory: string;
  const file = (name: string) => path.join(directory, name);
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet safetensors '));
  });
  after(() => rm(directory, { recursive: true }));

  test('reading gives what was written', async () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    const tensor = shape.chain((sizes) => {
      const length = sizes.reduce((product, size) => product * size, 1);
      const numbers = { minLength: length, maxLength: length };
      const data = fc.oneof(
        fc.float32Array(numbers),
        fc.float64Array(numbers),
        fc.int32Array(numbers),
        fc.bigInt64Array(numbers),
        fc.uint8Array(numbers),
      );
      return data.map((values) => ({ shape: sizes, data: values }));
    });
    const name = fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('__proto__', 'constructor', 'toString', '', '0', 'a'.repeat(1e5)),
      )
      .filter((text) => text !== '__metadata__');
    const contents = fc.record({
      tensors: fc.array(fc.tuple(name, tensor)).map((entries) => new Map(entries)),
      metadata: fc.array(fc.tuple(name, fc.string())).map(Object.fromEntries<string>),
    });
    await fc.assert(
      fc.asyncProperty(contents, async (written) => {
        await writeSafetensors(file('any.safetensors'), written);
        assert.deepEqual(await readSafetensors(file('any.safetensors')), {
          tensors: new Map([...written.tensors].sort(byWidth)),
          metadata: written.metadata,
        });
      }),
      { numRuns: 50 },
    );
  });

  test('a tensor whose shape and data do not fit together is not written', async () => {
    const tensors = new Map([['w', { shape: [2, 3], data: new Float32Array(5) }]]);
    await assert.rejects(
      writeSafetensors(file('bad.safetensors'), { tensors }),
      /w has 5 numbers, but its shape \[2, 3\] is for 6/,
    );
    assert.ok(!(await readdir(directory)).includes('bad.safetensors'));
  });

  test('what would make a file that cannot be read is refused by its name', async () => {
    const target = file('unreadable.safetensors');
    const one = { shape: [1], data: new Float32Array(1) };
    const cases: [reason: RegExp, tensors: [string, unknown][], metadata?: unknown][] = [
      [/the format keeps the name __metadata__ for itself/, [['__metadata__', one]]],
      [/"a\\ud800" is no valid Unicode/, [['a\ud800', one]]],
      [/w has numbers of another type than F32,/, [['w', { ...one, data: new Int16Array(1) }]]],
      [/w has the shape \[-1,-1\]/, [['w', { ...one, shape: [-1, -1] }]]],
      [/w has the shape \[0\.5,2\]/, [['w', { ...one, shape: [0.5, 2] }]]],
      [/the metadata epoch is no text, but number/, [], { epoch: 3 }],
      [/the metadata "a" is no valid Unicode/, [], { a: '\udfff' }],
      [/its names take 100000053 bytes, more than/, [['a'.repeat(1e8), one]]],
    ];
    for (const [reason, tensors, metadata] of cases) {
      const contents = { tensors: new Map(tensors), metadata } as SafetensorsFile;
      await assert.rejects(writeSafetensors(target, contents), reason);
      assert.ok(!(await readdir(directory)).includes('unreadable.safetensors'));
    }
  });

  test('a file cut off anywhere is refused, never read in part', async () => {
    const tensors = new Map([['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
    await writeSafetensors(file('whole.safetensors'), { tensors });
    const whole = await readFile(file('whole.safetensors'));
    const lengths = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        await writeFile(file('cut.safetensors'), whole.subarray(0, length));
        await assert.rejects(
          readSafetensors(file('cut.safetensors')),
          /cut\.safetensors is (cut off|not a safetensors file)/,
        );
      }),
    );
  });

  test('what is no safetensors file is refused with the reason', async () => {
    const float = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const eightBytes = new Uint8Array(8);
    const cases: [contents: Buffer, message: RegExp][] = [
      [Buffer.from('PK\u0003\u0004 a zip archive'), /does not start with the length of a header/],
      [rawFile('no JSON'), /its header is no JSON/],
      [rawFile([1]), /no JSON object/],
      [rawFile({ w: 1 }), /entry for w lacks/],
      [rawFile({ w: { ...float, shape: [-1] } }), /entry for w lacks/],
      [rawFile({ w: { ...float, data_offsets: [4, 0] } }), /entry for w has the place \[4, 0\]/],
      [rawFile({ w: { ...float, dtype: 'F8_E4M3' } }), /w is of type F8_E4M3/],
      [rawFile({ w: { ...float, dtype: 'toString' } }), /w is of type toString/],
      [rawFile({ w: { ...float, shape: [2] } }, eightBytes), /w has 4 bytes, but F32 .* takes 8/],
      [rawFile({ w: float }, eightBytes), /4 bytes follow its last tensor/],
      [rawFile({ v: float, w: float }, eightBytes), /overlap or leave a gap/],
      [rawFile({ __metadata__: { epoch: 3 } }), /does not map names to text/],
    ];
    for (const [contents, message] of cases) {
      await writeFile(file('no.safetensors'), contents);
      await assert.rejects(readSafetensors(file('no.safetensors')), message);
    }
  });
});

/** The order of writing: widest numbers first. */
function byWidth([, a]: [string, SafetensorsTensor], [, b]: [string, SafetensorsTensor]): number {
  return b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT;
}
