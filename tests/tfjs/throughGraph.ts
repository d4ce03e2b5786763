import { stepProgram } from '../../lib/dist/graph/program/index.js';
import {
  countIteration,
  rebuild,
  type ArgumentTree,
  type TensorTree,
} from '../../lib/dist/graph/record/index.js';
import { hostTensor, newTensor, StepSession } from '../../lib/dist/graph/state/index.js';
import { tf } from 'googlenet/runtime';

type Operation = (this: unknown, ...parameters: unknown[]) => unknown;
type Names = Record<string, unknown>;

/** What TensorFlow.js differentiates with: each takes a function and gives another, of tensors. */
const differentiating = ['grad', 'grads', 'valueAndGrad', 'valueAndGrads', 'customGrad'];

/** Whether a step is being recorded: what it asks for is part of it. */
let recording = false;

/**
 * Has every operation, gradient and optimizer's update that is asked for recorded as a step and run
 * as a graph, by the parts that `compile` is made of, but on the calling thread: specs ask for the
 * data right after. Where none of them was called a kernel is a step of its own.
 *
 * @returns TensorFlow.js with such operations
 */
export function throughGraph(): object {
  const core = tf as Names;
  const methods = tf.Tensor.prototype as unknown as Names;
  for (const name of Object.getOwnPropertyNames(methods)) {
    if (isOperation(core[name])) methods[name] = asStep(methods[name] as Operation);
  }
  const optimizer = tf.Optimizer.prototype as unknown as { minimize: Operation };
  optimizer.minimize = asStep(optimizer.minimize);
  for (const kernel of tf.getKernelsForBackend(tf.getBackend())) {
    const { kernelName, kernelFunc } = kernel;
    const run = asGraph((inputs, attributes) =>
      tf.engine().runKernel(kernelName, inputs as tf.NamedTensorMap, attributes as never),
    );
    kernel.kernelFunc = (call) =>
      recording ? kernelFunc(call) : (run(call.inputs, call.attrs) as tf.TensorInfo[]);
  }
  return { ...withSteps(core), variableGrads: asStep(tf.variableGrads as Operation) };
}

function withSteps(names: Names): Names {
  return Object.fromEntries(
    Object.entries(names).map(([name, value]) => {
      if (isOperation(value)) return [name, asStep(value)];
      if (differentiating.includes(name)) {
        const differentiate = value as (f: unknown) => Operation;
        return [name, (f: unknown) => asStep(differentiate(f))];
      }
      return [name, isPlain(value) ? withSteps(value) : value];
    }),
  );
}

/** TensorFlow.js marks its operations by their names. */
function isOperation(value: unknown): value is Operation {
  return typeof value === 'function' && value.name.endsWith('__op');
}

/** The operation as a graph, unless it is part of a step, or of what TensorFlow.js differentiates. */
function asStep(operation: Operation): Operation {
  const run = asGraph((self, ...parameters) => operation.apply(self, parameters));
  return function (this: unknown, ...parameters) {
    const { state } = tf.engine() as unknown as { state: { activeTape: unknown } };
    const isPart = recording || Boolean(state.activeTape) || tf.getBackend() !== 'tensorflow';
    return isPart ? operation.apply(this, parameters) : run(this, ...parameters);
  };
}

/** The function as a step of the tensors among its parameters, which may lie in arrays and objects. */
function asGraph(operation: (...parameters: unknown[]) => unknown) {
  return (...parameters: unknown[]): unknown => {
    const tensors: tf.Tensor[] = [];
    mapTensors(parameters, (tensor) => tensors.push(tensor));
    return runAsGraph((...stood) => {
      const next = stood.values();
      return operation(
        ...(mapTensors(parameters, () => next.next().value) as unknown[]),
      ) as TensorTree;
    }, tensors);
  };
}

function mapTensors(value: unknown, map: (tensor: tf.Tensor) => unknown): unknown {
  if (value instanceof tf.Variable) return value;
  if (value instanceof tf.Tensor) return map(value as tf.Tensor);
  if (Array.isArray(value) && typeof value[0] !== 'number') {
    return value.map((element) => mapTensors(element, map));
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, element]) => [name, mapTensors(element, map)]),
  );
}

function isPlain(value: unknown): value is Names {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function runAsGraph(
  step: (...tensors: ArgumentTree[]) => TensorTree,
  tensors: tf.Tensor[],
): TensorTree {
  const inputs = tensors.map(hostTensor);
  const session = new StepSession();
  recording = true;
  try {
    const { program, result, optimizers } = stepProgram(step, tensors);
    const results = session.runNow(session.load(program), inputs).map(newTensor).values();
    optimizers.forEach(countIteration);
    return rebuild(result, () => results.next().value as tf.Tensor);
  } finally {
    recording = false;
    session.dispose();
  }
}
