import { reportSuites } from './report.js';
import { coreSpecs, runSpecs } from './specs.js';

reportSuites(await runSpecs(coreSpecs), []);
