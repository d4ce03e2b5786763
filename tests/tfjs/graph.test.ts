import { onGpu } from './onGpu.js';
import { refused } from './refused.js';
import { reportSuites } from './report.js';
import { coreSpecs, runSpecs } from './specs.js';
import { throughGraph } from './throughGraph.js';

reportSuites(await runSpecs(coreSpecs, throughGraph()), [...refused, ...onGpu]);
