#!/usr/bin/env node
// @ts-check
// As in cli.mjs: only what every Node can read.
import { nodeProblem } from './nodeVersion.mjs';

const problem = nodeProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./tensorFlowAlone.mjs').then(({ makeTensorFlow }) =>
    makeTensorFlow(process.argv.slice(2)),
  );
}
