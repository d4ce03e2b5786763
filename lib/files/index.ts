export { checkWritable } from './checkWritable';
export { isDiskFull } from './diskFull';
export type { HalfDtype } from './halfPrecision';
export { lockDirectory } from './lockDirectory';
export { DIAGNOSIS, PACKAGE_DIRECTORY, PROJECT_DIRECTORY } from './projectDirectory';
export {
  dtypeOf,
  parseSafetensors,
  readSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from './safetensors';
export { unwritable } from './unwritable';
export { writeWhole } from './writeWhole';
