import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { appendMetrics, epochLine, readMetrics, writeMetrics } from 'googlenet/training';

describe('metrics', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet metrics '));
  });
  after(() => rm(directory, { recursive: true }));

  test("an epoch is printed in the lecture's format", () => {
    assert.equal(
      epochLine({ epoch: 0, loss: 2.30268, accuracy: 0.1 }),
      'epoch 0- loss: 2.3027, accuracy: 0.1000',
    );
    assert.equal(
      epochLine({ epoch: 999, loss: 0.01399, accuracy: 0.997 }),
      'epoch 999- loss: 0.0140, accuracy: 0.9970',
    );
  });

  test("the file has the lecture's header and one line an epoch, as it grows", async () => {
    const file = path.join(directory, 'grows.csv');
    await writeMetrics(file, [{ epoch: 0, loss: 2.5, accuracy: 0.125 }]);
    await appendMetrics(file, { epoch: 1, loss: 1.25, accuracy: 0.5 });
    assert.equal(await readFile(file, 'utf8'), 'Epoch,Accuracy,Loss\n0,0.125,2.5\n1,0.5,1.25\n');
  });

  test('what is written is read back to the last bit', async () => {
    const file = path.join(directory, 'round-trip.csv');
    const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const row = fc.record(
      { epoch: fc.nat(), loss: between(0, 1e9), accuracy: between(0, 1) },
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        await writeMetrics(file, rows);
        assert.deepEqual(await readMetrics(file), rows);
      }),
      { numRuns: 50 },
    );
  });

  test('a file that PyTorch wrote, with Windows line ends, is read', async () => {
    const file = path.join(directory, 'torch.csv');
    await writeFile(file, 'Epoch,Accuracy,Loss\r\n0,0.1,2.302712\r\n');
    assert.deepEqual(await readMetrics(file), [{ epoch: 0, accuracy: 0.1, loss: 2.302712 }]);
  });

  const header = 'Epoch,Accuracy,Loss\n';
  const row = { epoch: 0, accuracy: 0.1, loss: 2.5 };
  const read = async (text: string) => {
    const file = path.join(directory, 'any.csv');
    await writeFile(file, text);
    return readMetrics(file);
  };

  test('a file without epochs has none; blank lines are passed over', async () => {
    assert.deepEqual(await read(header), []);
    assert.deepEqual(await read(`${header}\n0,0.1,2.5\n\n`), [row]);
  });

  test('mixed line ends are line ends', async () => {
    assert.deepEqual(await read(`Epoch,Accuracy,Loss\r\n0,0.1,2.5\n0,0.1,2.5\r\n`), [row, row]);
  });

  test('a file cut off anywhere is refused, or has the epochs before', async () => {
    const rows = [row, { epoch: 12, accuracy: 0.25, loss: 1e-7 }];
    for (const lineEnd of ['\n', '\r\n']) {
      const lines = ['Epoch,Accuracy,Loss', '0,0.1,2.5', '12,0.25,1e-7'];
      const whole = lines.map((line) => line + lineEnd).join('');
      const ends = lines.map((_, at) => (lines.slice(0, at + 1).join(lineEnd) + lineEnd).length);
      for (let length = 0; length < whole.length; length++) {
        // Between the two characters of a line end the line is whole.
        const finished = ends.findIndex(
          (end) => length === end || (length === end - lineEnd.length + 1 && lineEnd.length > 1),
        );
        if (finished >= 0) {
          assert.deepEqual(await read(whole.slice(0, length)), rows.slice(0, finished));
        } else {
          const message = length < 'Epoch,Accuracy,Loss'.length ? /no column/ : /no line end/;
          await assert.rejects(read(whole.slice(0, length)), message);
        }
      }
    }
  });

  test('a cut last line is named', async () => {
    await assert.rejects(
      read(`${header}0,0.1,2.5\n1,0.5,2.`),
      /any\.csv, line 3: the line has no line end, so it may be cut off/,
    );
  });

  test('a row of more or fewer numbers is refused with its line', async () => {
    for (const line of ['1,0.5', '1,0.5,', '1,0.5,1e', '0,0,5,1,5']) {
      await assert.rejects(
        read(`${header}\n0,0.1,2.5\n${line}\n`),
        /any\.csv, line 4: a metrics row/,
      );
    }
  });

  test('another file is refused with its name and what is wrong', async () => {
    const file = path.join(directory, 'other.csv');
    await writeFile(file, 'a,b\n1,2\n');
    await assert.rejects(
      readMetrics(file),
      /other\.csv is not a metrics file: it has no column Epoch, Accuracy, Loss/,
    );
    await writeFile(file, 'Epoch,Accuracy,Loss\n0,0.5,1.5\n1,0.6\n');
    await assert.rejects(readMetrics(file), /other\.csv, line 3/);
  });
});
