import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { loadFontMetrics } from '../../lib/plots/fonts';
import { SvgGeometry } from '../../lib/plots/svgGeometry';

describe('the shaft of an arrow', () => {
  let geometry: SvgGeometry;
  before(async () => {
    geometry = new SvgGeometry(await loadFontMetrics());
  });

  const path = (commands: string) => {
    const { document } = new JSDOM(`<svg><path d="${commands}"/></svg>`).window;
    const element = document.querySelector('path');
    assert.ok(element);
    return element;
  };

  test('is measured along its straight lines', () => {
    const shaft = path('M-1,2L2,6 L2e0,-6');
    assert.equal(geometry.pathLength(shaft), 5 + 12);
    assert.deepEqual(geometry.pointAtLength(shaft, 7), { x: 2, y: 4 });
  });

  test('is refused where it has curves or other commands, whose numbers are no points', () => {
    for (const commands of [
      'M0,0H5',
      'M0,0V5',
      'M0,0C1,1 2,2 3,3',
      'M0,0A5,5 0 0 1 9,9',
      'M0,0l5,5',
    ]) {
      assert.throws(() => geometry.pathLength(path(commands)), /only M and L/, commands);
      assert.throws(() => geometry.pointAtLength(path(commands), 1), /only M and L/, commands);
    }
  });
});
