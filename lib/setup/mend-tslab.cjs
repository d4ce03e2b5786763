/* global process */
'use strict';

// Loaded into a kernel before tslab 1.0.22, which it mends in six places. Tests try all but the
// third on the package as it comes, too (tests/setup/mendTslab.test.ts, tests/notebooks/runner.test.ts):
// they fail once tslab does so by itself, and it can go here.
const { createRequire } = require('node:module');
const { format, inspect, types } = require('node:util');
const vm = require('node:vm');

const ofTslab = createRequire(require.resolve('tslab/dist/main.js'));

// Top-level await. tslab has TypeScript's compiler refuse it, and knows by the error that a cell has
// some. But `await (x)`, which could be a call, `for await` and others give no such error, and in the
// head of a class it lets the error stand. So the compiler is asked for none, and the code it made is
// looked at.
const typescriptFile = ofTslab.resolve('@tslab/typescript-for-tslab');
const typescript = ofTslab(typescriptFile);
require.cache[typescriptFile].exports = {
  ...typescript,
  createWatchCompilerHost: (files, options, ...others) =>
    typescript.createWatchCompilerHost(
      files,
      { ...options, disableTopLevelAwait: false },
      ...others,
    ),
};
const converter = ofTslab('./converter.js');
const { createConverter } = converter;
converter.createConverter = (options) => {
  const made = createConverter(options);
  return {
    ...made,
    convert(declarations, cell) {
      let converted = made.convert(declarations, cell);
      const longhand = withoutShorthand(cell);
      // What is wrong with the cell is found where the cell has it.
      if (converted.diagnostics.length === 0 && longhand !== cell) {
        converted = made.convert(declarations, longhand);
      }
      return { ...converted, hasToplevelAwait: hasTopLevelAwait(converted.output ?? '') };
    },
  };
};

/** @param {string} code JavaScript, read as a module's: elsewhere `await` is a name like others */
function hasTopLevelAwait(code) {
  return awaits(
    typescript.createSourceFile('cell.js', `export {};\n${code}`, typescript.ScriptTarget.Latest),
  );
}

function awaits(node) {
  if (typescript.isAwaitExpression(node)) return true;
  if (typescript.isForOfStatement(node) && node.awaitModifier) return true;
  // Of a function only the name can belong to what surrounds it: { [await key()]() {} }.
  if (typescript.isFunctionLike(node)) return node.name !== undefined && awaits(node.name);
  return typescript.forEachChild(node, awaits) ?? false;
}

// `{ seed }` for `{ seed: seed }`. Where an earlier cell declares `seed`, tslab looks for it in the wrong
// place.
/** @param {string} cell TypeScript */
function withoutShorthand(cell) {
  const file = typescript.createSourceFile('cell.ts', cell, typescript.ScriptTarget.Latest);
  const names = [];
  const visit = (node) => {
    if (typescript.isShorthandPropertyAssignment(node)) names.push(node.name);
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return names.reduceRight((code, name) => {
    const start = name.getStart(file);
    return `${code.slice(0, start)}${name.text}: ${code.slice(start)}`;
  }, cell);
}

// What is wrong with a cell. tslab prints it among what the cell itself prints as errors; Jupyter's
// protocol has a place for it in the answer.
const executor = ofTslab('./executor.js');
const { createExecutor } = executor;
executor.createExecutor = (rootDirectory, converters, console) => {
  let printed = [];
  const error = (...args) => {
    printed.push(args);
    console.error(...args);
  };
  const made = createExecutor(rootDirectory, converters, { ...console, error });
  let stopped = false;
  return {
    ...made,
    interrupt() {
      // One is tslab's own.
      if (process.listenerCount('SIGINT') > 1) stopped = true;
      else made.interrupt();
    },
    async execute(source) {
      printed = [];
      stopped = false;
      try {
        return (await made.execute(source)) && !stopped;
      } catch (cause) {
        // Not the cell's, but met in compiling it, or in showing its value.
        error(cause);
        return false;
      }
    },
    failure() {
      if (printed.length === 0) return { ename: 'Stopped', evalue: 'by a signal', traceback: [] };
      // The compiler's errors come by a format, and as many as there are; what is thrown comes alone.
      const [[thrown, ...values]] = printed;
      const traceback = printed.map((args) => format(...args));
      if (values.length > 0) return { ename: 'TypeScript', evalue: traceback[0], traceback };
      return types.isNativeError(thrown)
        ? { ename: thrown.name, evalue: thrown.message, traceback }
        : { ename: 'thrown', evalue: inspect(thrown), traceback };
    },
  };
};

// The stop button. tslab leaves the cell at once, and what it does goes on behind the cells that
// follow. A cell that listens to the signal, as training does, ends by itself here and keeps what it
// found; the cells that wait are not executed, as after an error.
// Code that starts to listen while Node may interrupt it leaves the process without any listener: Node
// takes them away before and gives them back after, but then takes the signal's default, which ends the
// kernel. Listening anew mends that.
const { runInThisContext } = vm;
vm.runInThisContext = (code, options) => {
  const before = process.rawListeners('SIGINT');
  try {
    return runInThisContext(code, options);
  } finally {
    const listeners = new Set([...before, ...process.rawListeners('SIGINT')]);
    process.removeAllListeners('SIGINT');
    for (const listener of listeners) process.on('SIGINT', listener);
  }
};

// A cell that may fail: Jupyter's stop_on_error is false, and the cells after it run all the same.
// tslab refuses all that comes within the next 200 ms.
const { JupyterHandlerImpl, ZmqServer } = ofTslab('./jupyter.js');
const { handleExecute, handleExecuteImpl } = JupyterHandlerImpl.prototype;
const failures = new WeakMap();
JupyterHandlerImpl.prototype.handleExecuteImpl = async function (request, ...writers) {
  try {
    return await handleExecuteImpl.call(this, request, ...writers);
  } catch (count) {
    failures.set(request, this.executor.failure());
    if (request.stop_on_error === false) return count;
    throw count;
  }
};
JupyterHandlerImpl.prototype.handleExecute = async function (request, ...writers) {
  const reply = await handleExecute.call(this, request, ...writers);
  return failures.has(request) ? { ...reply, status: 'error', ...failures.get(request) } : reply;
};

// Busy, while a cell runs. tslab answers other questions meanwhile, a page's that was reloaded among
// them, and calls itself idle after each.
const { publishStatus } = ZmqServer.prototype;
const running = new Set();
ZmqServer.prototype.publishStatus = function (status, message) {
  publishStatus.call(this, status, message);
  if (message.header.msg_type === 'execute_request') {
    if (status === 'busy') running.add(message);
    else running.delete(message);
  }
  const [execution] = running;
  if (status === 'idle' && execution !== undefined) publishStatus.call(this, 'busy', execution);
};
