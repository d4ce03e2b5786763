import * as path from 'node:path';

/** The project's folder: this file lies in its lib/dist/data/. */
export const PROJECT_DIRECTORY = path.resolve(__dirname, '..', '..', '..');

/** Where data sets are kept. */
export const DATA_DIRECTORY = path.join(PROJECT_DIRECTORY, 'data');
