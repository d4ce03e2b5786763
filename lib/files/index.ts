export { lockDirectory } from './lockDirectory';
export { PROJECT_DIRECTORY } from './projectDirectory';
export { unwritable } from './unwritable';
export { writeWhole } from './writeWhole';
