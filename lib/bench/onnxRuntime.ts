import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';

/** The package file of the folder in which set-up installs ONNX Runtime for the benchmark. */
export const ONNX_RUNTIME = path.join(
  PROJECT_DIRECTORY,
  '.cache',
  'bench-onnxruntime',
  'package.json',
);

export function hasOnnxRuntime(): boolean {
  return existsSync(path.join(path.dirname(ONNX_RUNTIME), 'node_modules', 'onnxruntime-node'));
}
