import * as path from 'node:path';

/** The package's folder: this file lies in its dist/files/. */
export const PACKAGE_DIRECTORY = path.resolve(__dirname, '..', '..');

/** Whether the package is installed in a project of its user, and not the lecture's own. */
const installed = PACKAGE_DIRECTORY.split(path.sep).includes('node_modules');

/** The project's folder: the lecture's, or where the program of another project was started. */
export const PROJECT_DIRECTORY = installed ? process.cwd() : path.dirname(PACKAGE_DIRECTORY);

/** What tells the user why TensorFlow does not run as it should. */
export const DIAGNOSIS = installed
  ? 'npx tfjs-node-tensorflow makes what is missing'
  : 'npm run doctor says why';
