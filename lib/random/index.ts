export { Generator, defaultGenerator, manualSeed, type GeneratorState } from './generator';
export { randn, randomInt64, randperm, uniform } from './distributions';
