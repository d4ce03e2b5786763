export { Generator, defaultGenerator, manualSeed, type GeneratorState } from './generator';
export { randint, randn, randomInt64, randperm, uniform } from './distributions';
