export { unwritable } from './unwritable';
export { writeWhole } from './writeWhole';
