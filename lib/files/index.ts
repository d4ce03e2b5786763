export { lockDirectory } from './lockDirectory';
export { unwritable } from './unwritable';
export { writeWhole } from './writeWhole';
