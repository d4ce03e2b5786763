export { writeWhole } from './writeWhole';
