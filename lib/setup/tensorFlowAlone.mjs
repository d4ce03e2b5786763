// @ts-check
import { existsSync, realpathSync } from 'node:fs';
import * as path from 'node:path';
import { addon } from './addon.mjs';
import { explainError } from './causes.mjs';
import { makeSteps } from './makeSteps.mjs';
import { BACKENDS, PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';
import { isDone } from './setupStep.mjs';
import { chooseBuild, SIZE, tensorFlow, VERSION } from './tensorflow.mjs';

const COMMAND = 'tfjs-node-tensorflow';
const INSTALL = 'npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0';

/**
 * The command `tfjs-node-tensorflow`: makes the TensorFlow.js packages for Node work that lie in the
 * user's project, and no more. Says on standard error what is wrong.
 * @param {readonly string[]} args must be empty
 */
export async function makeTensorFlow(args) {
  try {
    if (args.length > 0)
      throw new Problem(
        `${COMMAND} does not know ${JSON.stringify(args.join(' '))}. Usage: npx ${COMMAND}`,
      );
    const backends = installedBackends();
    const build = chooseBuild();
    const made = await makeSteps(
      (tools = { python: '', compiler: '' }) => [
        tensorFlow(build, tools.python),
        ...backends.map((backend) => addon(tools.compiler, build, backend)),
      ],
      {
        pythonModule: 'pip',
        disk: () => (isDone(tensorFlow(build, '')) ? 0 : SIZE[build]),
      },
    );
    const names = backends.map((backend) => `@tensorflow/${path.basename(backend)}`).join(' and ');
    const device = build === 'cuda' ? 'NVIDIA GPUs' : 'CPU';
    console.log(
      `TensorFlow ${VERSION} for ${device} is ready for ${names}${made ? '' : '; there was nothing to do'}.`,
    );
  } catch (error) {
    const text = explainError(error);
    if (text === undefined) throw error;
    console.error(text);
    process.exitCode = 1;
  }
}

/**
 * The folders of the packages with a compiled part; a stand-in of that name has none.
 * @throws Problem if there is none
 */
function installedBackends() {
  const found = BACKENDS.map((name) => path.join(PATHS.modules, name)).filter((folder) =>
    existsSync(path.join(folder, 'binding')),
  );
  if (found.length === 0)
    throw new Problem(
      `There is no TensorFlow.js for Node in ${PROJECT}: go to your project's folder, and there first run: ${INSTALL}`,
    );
  // The addon finds TensorFlow from where it lies, and pnpm's node_modules have links.
  return found.map((folder) => realpathSync(folder));
}
