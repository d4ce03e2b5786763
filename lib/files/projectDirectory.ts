import * as path from 'node:path';

/** The project's folder: this file lies in its lib/dist/files/. */
export const PROJECT_DIRECTORY = path.resolve(__dirname, '..', '..', '..');
