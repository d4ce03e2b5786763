import { nodesOf, operation, replaceValues, type Program, type Value } from '../ir';

/**
 * Softmax as the exponential of its logarithm. oneDNN's, which TensorFlow takes in a graph, makes
 * zeros of what stands beside a NaN, so that a row that is lost looks like an answer.
 */
export function softmax(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const { op, inputs, output } of nodesOf(program)) {
    if (op !== 'Softmax') continue;
    const logarithm = operation('LogSoftmax', inputs, output.shape);
    replacements.set(output, operation('Exp', [logarithm], output.shape));
  }
  return replaceValues(program, replacements);
}
