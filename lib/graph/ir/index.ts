export { nodesOf, type Effect, type Node, type Program, type Value } from './program';
