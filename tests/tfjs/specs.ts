import { mkdtempSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { compileFunction } from 'node:vm';
import { build, type PluginBuild } from 'esbuild';
import { tf } from 'googlenet/runtime';

/** What became of one spec. */
export interface SpecResult {
  /** The outermost `describe` around it. */
  readonly suite: string;
  readonly name: string;
  /** Why it failed; empty where it passed. */
  readonly failures: readonly string[];
}

/** The parts of Jasmine in use here. */
interface Jasmine {
  readonly jasmine: {
    getEnv(): {
      configure(configuration: Record<string, unknown>): void;
      addReporter(reporter: Record<string, (result: JasmineResult) => void>): void;
      execute(): Promise<unknown>;
    };
  };
}

interface JasmineResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

type Script = (require: NodeJS.Require, module: object, dirname: string) => void;

const require = createRequire(import.meta.url);
const packages = path.resolve(import.meta.dirname, '../../node_modules/@tensorflow');
const core = path.join(packages, 'tfjs-core', 'dist');
const node = path.join(packages, 'tfjs-node-gpu', 'dist');

/** The specs of TensorFlow.js's core, by the package's own script: it leaves out those that its backend ignores. */
export const coreSpecs = ['run_tests.js'];

/** The specs of what TensorFlow.js adds for Node. */
export const nodeSpecs = readdirSync(node).filter((file) => file.endsWith('_test.js'));

/**
 * Runs specs of the installed packages, in the order they stand in.
 *
 * @param files in tfjs-node-gpu
 * @param tfjs what the specs of the core test
 */
export async function runSpecs(files: readonly string[], tfjs: object = tf): Promise<SpecResult[]> {
  const script = compileFunction(await bundle(files), ['require', 'module', '__dirname']) as Script;
  const jasmine = (require('jasmine-core') as { noGlobals(): Jasmine }).noGlobals();
  Object.assign(globalThis, jasmine);
  const environment = jasmine.jasmine.getEnv();
  // Some specs share a name.
  environment.configure({ random: false, forbidDuplicateNames: false });
  const results: SpecResult[] = [];
  const suites: string[] = [];
  const note = (name: string, failed: JasmineResult['failedExpectations']): void => {
    const failures = failed.map(({ message }) => message);
    results.push({ suite: suites[0] ?? name, name, failures });
  };
  // What fails around the specs counts as a spec of its own.
  const noteFailure = (name: string, { failedExpectations }: JasmineResult): void => {
    if (failedExpectations.length > 0) note(name, failedExpectations);
  };
  environment.addReporter({
    suiteStarted: ({ fullName }) => suites.push(shortName(fullName)),
    suiteDone: (suite) => {
      noteFailure(`${shortName(suite.fullName)}: around its specs`, suite);
      suites.pop();
    },
    specDone: ({ fullName, status, failedExpectations }) => {
      if (status === 'passed' || status === 'failed') note(shortName(fullName), failedExpectations);
    },
    jasmineDone: (run) => {
      noteFailure('around all specs', run);
    },
  });
  const { log } = console;
  console.log = () => undefined;
  try {
    script(requireFor(tfjs), {}, node);
    await environment.execute();
  } finally {
    console.log = log;
  }
  return results;
}

/** Without the name of the test environment, which is the same for all. */
function shortName(name: string): string {
  return name.replace(' test-tensorflow {}', '');
}

/** `require` for the bundle: what only the package's own test set-up has is stood in for. */
function requireFor(tfjs: object): NodeJS.Require {
  const provided = new Map<string, unknown>([
    ['@tensorflow/tfjs-core', tfjs],
    ['jasmine', CommandLine],
    ['yargs', { argv: {} }],
    ['tmp', { dirSync: () => ({ name: mkdtempSync(path.join(tmpdir(), 'tfjs-')) }) }],
  ]);
  return Object.assign((id: string): unknown => provided.get(id) ?? require(id), require);
}

/** Jasmine's, which the package's script would start: the specs run once all of them are there. */
class CommandLine {
  loadConfig(): void {
    // It names the package's sources, which are not installed.
  }

  execute(): void {
    // runSpecs does.
  }
}

async function bundle(files: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: files.map((file) => `require('./${file}');`).join('\n'),
      resolveDir: node,
    },
    bundle: true,
    write: false,
    platform: 'node',
    mainFields: ['module', 'main'],
    // The package declares its specs free of side effects.
    ignoreAnnotations: true,
    plugins: [{ name: 'runtime', setup: leaveOutRuntime }],
  });
  return outputFiles[0]?.text ?? '';
}

/** Keeps out of the bundle what the process has: that is what the specs are to test. */
function leaveOutRuntime(bundling: PluginBuild): void {
  bundling.onResolve({ filter: /^[^.]/ }, ({ path: id }) =>
    id.startsWith('@tensorflow/tfjs-core/dist/') ? undefined : { path: id, external: true },
  );
  // They would put copies in the place of the runtime's gradients and methods.
  bundling.onResolve({ filter: /\/register_all_/ }, ({ path: id }) => ({
    path: id,
    namespace: 'empty',
  }));
  bundling.onLoad({ filter: /^/, namespace: 'empty' }, () => ({ contents: '' }));
  bundling.onResolve({ filter: /^\./ }, ({ path: id, resolveDir }) => {
    const file = path.join(resolveDir, id);
    if (file === path.join(core, 'index') || file === path.join(core, 'ops', 'ops')) {
      return { path: '@tensorflow/tfjs-core', external: true };
    }
    const isSpec = file.startsWith(core) || /_tests?\.js$/.test(file);
    return isSpec ? undefined : { path: file, external: true };
  });
}
