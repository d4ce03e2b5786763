export { lockDirectory } from './lockDirectory';
export { clearPartials, partialName } from './partial';
export { PROJECT_DIRECTORY } from './projectDirectory';
export { unwritable } from './unwritable';
export { writeWhole } from './writeWhole';
