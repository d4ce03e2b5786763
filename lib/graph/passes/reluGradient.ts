import { operation, replaceValues, uniformValue, Uses, withoutCast } from '../ir';
import type { Node, Program, Value } from '../ir';

/**
 * ReLU's gradient as one operation. TensorFlow.js writes dy · step(x) with
 * step(x) = x where x is NaN, else 1 where x > 0, else 0; ReluGrad is the same but for NaN, where
 * it gives 0 (and the forward pass has lost its values already).
 */
export function reluGradient(program: Program): Program {
  const uses = new Uses(program);
  const replacements = new Map<Value, Value>();
  for (const node of uses.nodes) {
    if (node.op !== 'Mul') continue;
    const match =
      stepFactor(node.input(0), node.input(1)) ?? stepFactor(node.input(1), node.input(0));
    if (match === undefined || match.gradient.shape.join() !== match.x.shape.join()) continue;
    // ReLU's result serves as well as its argument, which need not be kept then.
    const relu = uses.of(match.x).find((use) => use.node.op === 'Relu')?.node.output;
    replacements.set(
      node.output,
      operation('ReluGrad', [match.gradient, relu ?? match.x], node.output.shape),
    );
  }
  return replaceValues(program, replacements);
}

function stepFactor(gradient: Value, factor: Value): { gradient: Value; x: Value } | undefined {
  const x = stepArgument(withoutCast(factor).node);
  return x === undefined ? undefined : { gradient, x };
}

/** x if the node is step(x). */
function stepArgument(select: Node): Value | undefined {
  if (select.op !== 'Select') return undefined;
  const [isNan, x, step] = select.inputs;
  if (isNan?.node.op !== 'IsNan' || x === undefined || isNan.node.input(0) !== x) return undefined;
  if (step?.node.op !== 'Select') return undefined;
  const [greater, one, zero] = step.node.inputs;
  if (greater?.node.op !== 'Greater' || one === undefined || zero === undefined) return undefined;
  const matches =
    greater.node.input(0) === x &&
    uniformValue(greater.node.input(1)) === 0 &&
    uniformValue(one) === 1 &&
    uniformValue(zero) === 0;
  return matches ? x : undefined;
}
