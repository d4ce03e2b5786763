import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';

/** Metrics of the lecture's experiment as it was run with this library: see `data/lecture-run`. */
export const RECORDED_RUN = path.join(
  PROJECT_DIRECTORY,
  'data/lecture-run/googlenet_cifar10_metric.csv',
);
