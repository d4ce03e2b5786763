// @ts-check
// Only what every Node can read stands here: the rest is loaded once this Node is known to be new
// enough, so that an old one gets a sentence and not a syntax error.
import { nodeProblem } from './nodeVersion.mjs';

const problem = nodeProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./commands.mjs').then(({ runCommand }) => runCommand(process.argv.slice(2)));
}
