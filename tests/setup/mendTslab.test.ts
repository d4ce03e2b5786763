import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { PATHS } from '../../lib/setup/paths.mjs';

/** What tslab makes of a cell: whether it ran, and the last value or the error, as it shows it. */
interface Outcome {
  ok: boolean;
  shown: string;
}

/** Executes cells, one after the other, as a kernel does; `plain`: with tslab as it comes. */
function execute(cells: readonly string[], { plain = false } = {}): Outcome[] {
  const script = `
    const { format } = require('node:util');
    const tslab = (name) => require(${JSON.stringify(path.join(PATHS.modules, 'tslab', 'dist'))} + name);
    (async () => {
      let shown = '';
      const show = (...values) => { shown = format(...values); };
      const node = tslab('/converter.js').createConverter({ isJS: false, isBrowser: false });
      const executor = tslab('/executor.js').createExecutor(process.cwd(), { node }, { log: show, error: show });
      process.on('SIGINT', () => executor.interrupt());
      setInterval(() => {}, 1000); // as a kernel's sockets: Node ends where it waits for a signal alone
      const outcomes = [];
      for (const cell of JSON.parse(process.argv[1])) {
        shown = '';
        outcomes.push({ ok: await executor.execute(cell), shown });
      }
      console.log(JSON.stringify(outcomes));
      process.exit();
    })();`;
  const mended = plain ? [] : ['--require', PATHS.mendTslab];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...mended, '-e', script, JSON.stringify(cells)],
    { encoding: 'utf8', cwd: PATHS.notebooks, maxBuffer: 2 ** 24 },
  );
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Outcome[];
}

const BEFORE = `
const three = async () => 3;
const later = async <T>(value: T) => value;
class Base { static from = 'Base' }
let sum = 0;`;

/** Cells, each with what it shows, of which plain tslab gets none right. */
const FORMS: readonly (readonly [cell: string, shows: string])[] = [
  ['await (three())', '3'],
  ['await (await later({ data: three })).data()', '3'],
  ['await (await later({ data: async () => [await (three())] })).data()', '[ 3 ]'],
  ['// a comment before\nawait /* and within */ (three())', '3'],
  ['await\n(three())', '3'],
  ['await\nthree()', '3'],
  ['await [three]\n', '[ [AsyncFunction: three] ]'],
  ['await +1', '1'],
  ['await -1', '-1'],
  ['await !three', 'false'],
  ['await ~1', '-2'],
  ['await ++sum', '1'],
  ['await `text`', 'text'],
  ['await /re/', '/re/'],
  ['await /re/.test("re")', 'true'],
  ['await <Promise<number>>three()', '3'],
  ['`${await (three())} in a template literal`', '3 in a template literal'],
  ['({ a: [await (three())], [await (later("key"))]: 1 })', '{ a: [ 3 ], key: 1 }'],
  ['String(await (three()))', '3'],
  ['1 + (await (three()))', '4'],
  ['await (three()), await (later(4))', '4'],
  ['let { q = await (three()) } = {} as { q?: number }; q', '3'],
  ['let [r = await (three())] = [] as number[]; r', '3'],
  ['const { a, ...rest } = await (later({ a: 1, b: 2 })); rest', '{ b: 2 }'],
  ['sum = 0; for await (const n of [three(), three()]) sum += n; sum', '6'],
  ['sum = 0; for (const n of await (later([1, 2]))) sum += n; sum', '3'],
  ['sum = 0; while (await (later(sum < 2))) sum++; sum', '2'],
  ['if (await (later(true))) { { try { sum = await (three()); } catch {} } } sum', '3'],
  ['switch (await (three())) { case 3: sum = 7 } sum', '7'],
  ['class A extends (await (later(Base))) {}; A.from', 'Base'],
  ['class B extends (await later(Base)) {}; B.from', 'Base'],
  ['class C { static [await (later("key"))]() { return 1 } }; (C as any).key()', '1'],
  ['class D { static [await later("key")]() { return 1 } }; (D as any).key()', '1'],
  ['@(await (later((x: any) => x))) class E { static e = 1 }; E.e', '1'],
  ['function named(await: number) { return await + 1 }; named(await (three()))', '4'],
  ['import * as path from "path"; path.basename(await (later("a/b")))', 'b'],
];

/** Cells without a top-level await, which are no others for tslab than before. */
const WITHOUT: readonly (readonly [cell: string, shows: string])[] = [
  ['const inner = async () => await (three()); typeof inner', 'function'],
  ['async function loop() { for await (const n of [three()]) return n } typeof loop', 'function'],
  ['const object = { async method() { return await (three()) } }; typeof object', 'object'],
  ['function call(await: (x: number) => number) { return await (1) } call((x) => x + 1)', '2'],
  ['const key = { await: (x: number) => x }; key.await (5)', '5'],
  ['"await (x)" /* await (x) */', 'await (x)'],
  ['var hoisted = 1; this === globalThis', 'true'],
];

describe('top-level await', () => {
  const cells = [BEFORE, ...FORMS.map(([cell]) => cell)];
  const mended = execute(cells).slice(1);
  const plain = execute(cells, { plain: true }).slice(1);
  for (const [index, [cell, shows]] of FORMS.entries()) {
    test(cell, () => {
      assert.deepEqual(mended[index], { ok: true, shown: shows });
      assert.notDeepEqual(plain[index], mended[index], 'tslab does so by itself: mend it no more');
    });
  }

  test('what a cell declares by it the next ones see', () => {
    const outcomes = execute([
      BEFORE,
      'const c = await (three()); let l = await (later([c])); class K { static k = c }; function f() { return c } enum N { One = 1 }; import { sep } from "path"; await (l)',
      'l = await (later([...l, 4])); [c, l, K.k, f(), N.One, sep, await (l)]',
    ]);
    assert.deepEqual(outcomes.slice(1), [
      { ok: true, shown: '[ 3 ]' },
      { ok: true, shown: "[ 3, [ 3, 4 ], 3, 3, 1, '/', [ 3, 4 ] ]" },
    ]);
  });

  test('an error is shown, and leaves the cells after it as they were', () => {
    const [, failed, next] = execute([
      BEFORE,
      'await (Promise.reject(new Error("no value")))',
      'await (three())',
    ]);
    assert.equal(failed?.ok, false);
    assert.match(failed.shown, /no value/);
    assert.deepEqual(next, { ok: true, shown: '3' });
  });

  test('in a function that is not async it stays an error', () => {
    for (const { ok } of execute([
      'function f() { await (1) }',
      'function g() { await 1 }',
      'const h = () => { for await (const n of []) {} }',
      'class S { static { await (1) } }',
      'const a = { m() { await 1 } }',
    ])) {
      assert.equal(ok, false);
    }
  });

  test('cells without one are left as they are', () => {
    const cells = [BEFORE, ...WITHOUT.map(([cell]) => cell)];
    const expected = WITHOUT.map(([, shown]) => ({ ok: true, shown }));
    assert.deepEqual(execute(cells).slice(1), expected);
    assert.deepEqual(execute(cells, { plain: true }).slice(1), expected);
  });
});

describe('a property by its name alone', () => {
  const SHORTHANDS: readonly (readonly [cell: string, shows: string])[] = [
    ['({ one })', '{ one: 1 }'],
    ['({ zero: 0, one, two: { two } })', '{ zero: 0, one: 1, two: { two: 2 } }'],
    ['[one].map((three) => ({ two, three }))', '[ { two: 2, three: 1 } ]'],
    ['await (async () => ({ /* first */ one, two }))()', '{ one: 1, two: 2 }'],
    ['({ one, two = one } = { one: 3 } as any); [one, two]', '[ 3, 3 ]'],
  ];
  const cells = ['let one = 1; let two = 2;', ...SHORTHANDS.map(([cell]) => cell)];
  const mended = execute(cells).slice(1);
  const plain = execute(cells, { plain: true }).slice(1);
  for (const [index, [cell, shows]] of SHORTHANDS.entries()) {
    test(cell, () => {
      assert.deepEqual(mended[index], { ok: true, shown: shows });
      assert.notDeepEqual(plain[index], mended[index], 'tslab does so by itself: mend it no more');
    });
  }

  test('leaves the places of errors as they are', () => {
    const [, failed] = execute(['let one = 1;', 'const object = { one }; object.none']);
    assert.equal(failed?.ok, false);
    assert.match(failed.shown, /1:32 - Property 'none' does not exist/);
  });
});

describe('a cell that is stopped', () => {
  const listens = (first: string) => [
    `${first}const saved = await new Promise<string>((resolve) => {
      process.once('SIGINT', () => setTimeout(resolve, 50, 'in order'));
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 50);
    });`,
    'saved',
  ];
  const ended = [
    { ok: false, shown: '' },
    { ok: true, shown: 'in order' },
  ];

  test('and listens, ends by itself; the next one sees what it found', () => {
    const cells = listens('await null; ');
    assert.deepEqual(execute(cells), ended);
    assert.notDeepEqual(execute(cells, { plain: true }), ended, 'mend it no more');
  });

  test('and listens before its first await, leaves the kernel alive', () => {
    const cells = listens('');
    assert.deepEqual(execute(cells), ended);
    assert.throws(() => execute(cells, { plain: true }), 'mend it no more');
  });

  test('and does not listen, ends at once', () => {
    const [outcome] = execute([
      "setTimeout(() => process.kill(process.pid, 'SIGINT'), 50); await new Promise(() => {});",
    ]);
    assert.equal(outcome?.ok, false);
    assert.match(outcome.shown, /Interrupted/);
  });
});

describe('the state of the kernel', () => {
  /** After a cell has begun, a question come and been answered, and the cell ended. */
  function states(arguments_: readonly string[]): unknown {
    const script = `
      const { ZmqServer } = require(${JSON.stringify(path.join(PATHS.modules, 'tslab', 'dist', 'jupyter.js'))});
      let state;
      const message = (msg_type) => ({
        header: { msg_type },
        createReply: () => ({ header: {}, signAndSend() { state = this.content.execution_state; } }),
      });
      const [cell, question] = [message('execute_request'), message('kernel_info_request')];
      const server = Object.assign(new ZmqServer(), { connInfo: {} });
      const changes = [['busy', cell], ['busy', question], ['idle', question], ['idle', cell]];
      console.log(JSON.stringify(changes.map((change) => {
        server.publishStatus(...change);
        return state;
      })));`;
    const { stdout } = spawnSync(process.execPath, [...arguments_, '-e', script], {
      encoding: 'utf8',
    });
    return JSON.parse(stdout);
  }

  test('is busy while a cell runs, whatever it is asked meanwhile', () => {
    const busy = ['busy', 'busy', 'busy', 'idle'];
    assert.deepEqual(states(['--require', PATHS.mendTslab]), busy);
    assert.notDeepEqual(states([]), busy, 'mend it no more');
  });
});
