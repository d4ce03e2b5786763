import { operation, pattern, replaceValues, Uses } from '../ir';
import type { Program, Value } from '../ir';

const step = 'Select(IsNan(x), x, Select(Greater(x, 0), 1, 0))';
const gradientFirst = pattern<'gradient' | 'x'>(`Mul(gradient, ${step})`);
const stepFirst = pattern<'gradient' | 'x'>(`Mul(${step}, gradient)`);

/**
 * ReLU's gradient as one operation. TensorFlow.js writes dy · step(x) with
 * step(x) = x where x is NaN, else 1 where x > 0, else 0; ReluGrad is the same but for NaN, where
 * it gives 0 (and the forward pass has lost its values already).
 */
export function reluGradient(program: Program): Program {
  const uses = new Uses(program);
  const replacements = new Map<Value, Value>();
  for (const { output } of uses.nodes) {
    const match = gradientFirst(output) ?? stepFirst(output);
    if (match === undefined || match.gradient.shape.join() !== match.x.shape.join()) continue;
    // ReLU's result serves as well as its argument, which need not be kept then.
    const relu = uses.of(match.x).find((use) => use.node.op === 'Relu')?.node.output;
    const gradient = operation('ReluGrad', [match.gradient, relu ?? match.x], output.shape);
    replacements.set(output, gradient);
  }
  return replaceValues(program, replacements);
}
