import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';

/** Where data sets are kept. */
export const DATA_DIRECTORY = path.join(PROJECT_DIRECTORY, 'data');
