import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPng, trainingCurves } from 'googlenet/plots';

test('checkpoints still to come are left out while a run is at its first epochs', async () => {
  const history = [{ epoch: 0, loss: 2.3, accuracy: 0.1 }];
  const figure = trainingCurves(history, { checkpoints: [0, 4, 299] });
  const lines = figure.layout['shapes'] as { x0: number }[];
  assert.deepEqual(
    lines.map(({ x0 }) => x0),
    [0],
  );
  const png = await toPng(figure);
  assert.ok(png.length > 1000);
});
