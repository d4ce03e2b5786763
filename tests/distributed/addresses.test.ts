import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAddresses, readTensorFlowConfig } from '../../lib/dist/distributed';

describe('addresses of workers', () => {
  test('are host:port, or a host that listens where a worker does by itself', () => {
    assert.deepEqual(parseAddresses('lab-1:7001, 10.0.0.2,c', '--workers'), [
      'lab-1:7001',
      '10.0.0.2:7000',
      'c:7000',
    ]);
  });

  test('any hosts and ports are read as they are written', () => {
    const host = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,4})?(\.local)?$/);
    const address = fc.tuple(host, fc.integer({ min: 1, max: 65535 }));
    fc.assert(
      fc.property(fc.uniqueArray(address, { minLength: 1, selector: String }), (addresses) => {
        const texts = addresses.map(([name, port]) => `${name}:${port}`);
        assert.deepEqual(parseAddresses(texts.join(','), '--workers'), texts);
      }),
    );
  });

  for (const [text, message] of [
    ['', /^--workers has ""; a worker is host:port, as in lab-3:7000$/],
    ['a:1,,b:1', /^--workers has ""/],
    ['http://a:1', /^--workers has "http:\/\/a:1"/],
    ['a:0', /^--workers has the port "0"; it must be a whole number of 1 to 65535$/],
    ['10.0.0.256', /^--workers has "10.0.0.256"; a worker is host:port/],
    ['a:70000', /^--workers has the port "70000"/],
    ['a,b:1,a:7000', /^--workers names a:7000 twice$/],
  ] as const) {
    test(`"${text}" is refused`, () => {
      assert.throws(() => parseAddresses(text, '--workers'), { name: 'RangeError', message });
    });
  }
});

describe('TF_CONFIG', () => {
  test('names the workers, and what this process is', () => {
    const config = {
      cluster: { chief: ['a:1'], worker: ['b:2', 'c:3'] },
      task: { type: 'worker', index: 1 },
    };
    assert.deepEqual(readTensorFlowConfig(JSON.stringify(config)), {
      workers: ['b:2', 'c:3'],
      task: { type: 'worker', index: 1 },
    });
  });

  test('need not say what this process is', () => {
    const text = '{"cluster": {"worker": ["b:2"]}, "task": null}';
    assert.deepEqual(readTensorFlowConfig(text), { workers: ['b:2'], task: undefined });
  });

  test('is nothing where it is not set', () => {
    assert.equal(readTensorFlowConfig(undefined), undefined);
    assert.equal(readTensorFlowConfig(''), undefined);
  });

  for (const [text, message] of [
    ['{', /^TF_CONFIG is no JSON: /],
    ['null', /^TF_CONFIG names no workers: it needs/],
    ['{"cluster": {"ps": ["a:1"]}}', /^TF_CONFIG names no workers/],
    ['{"cluster": {"worker": ["a b"]}}', /^TF_CONFIG has "a b"/],
    [
      '{"cluster": {"worker": ["a:1"]}, "task": {}}',
      /^TF_CONFIG has a task without type and index$/,
    ],
  ] as const) {
    test(`${text} is refused`, () => {
      assert.throws(() => readTensorFlowConfig(text), { name: 'RangeError', message });
    });
  }
});
