import koffi from 'koffi';
import type { Attribute, Attributes } from '../ir';
import type { Pointer } from './library';
import { call, withStatus } from './status';
import { deleteTensor, newTensor } from './tensor';

/** One output of one operation of a TF_Graph. */
export interface Output {
  readonly oper: Pointer;
  readonly index: number;
}

/** Element type and shape of one output; a dimension of -1 and a shape of undefined are unknown. */
interface OutputType {
  readonly dtype: number;
  readonly shape: readonly number[] | undefined;
}

/** A TF_Graph that grows by operations. */
export class NativeGraph {
  readonly pointer = call('TF_NewGraph') as Pointer;
  readonly #names = new Map<string, number>();

  /**
   * Adds an operation. An input that the operation declares as a list is given as an array.
   *
   * @param worker of a session on several servers, the one that runs it
   * @throws TensorFlowError when TensorFlow refuses the operation: its shapes do not fit, …
   */
  add(
    op: string,
    name: string,
    inputs: readonly (Output | readonly Output[])[],
    attributes: Attributes,
    { after = [], worker }: { after?: readonly Pointer[]; worker?: number | undefined } = {},
  ): Pointer {
    const description = call('TF_NewOperation', this.pointer, op, this.#unique(name)) as Pointer;
    if (worker !== undefined) call('TF_SetDevice', description, `/job:worker/task:${worker}`);
    for (const input of inputs) {
      if (isList(input)) {
        call('TF_AddInputList', description, packOutputs(input), input.length);
      } else {
        call('TF_AddInput', description, input);
      }
    }
    for (const operation of after) call('TF_AddControlInput', description, operation);
    for (const [key, attribute] of Object.entries(attributes)) {
      setAttribute(description, key, attribute);
    }
    return withStatus((status) => call('TF_FinishOperation', description, status) as Pointer);
  }

  /** What shape inference knows about an output. */
  typeOf(output: Output): OutputType {
    const dtype = call('TF_OperationOutputType', output) as number;
    const rank = withStatus(
      (status) => call('TF_GraphGetTensorNumDims', this.pointer, output, status) as number,
    );
    if (rank < 0) return { dtype, shape: undefined };
    const dims = new BigInt64Array(rank);
    if (rank > 0) {
      withStatus((status) => {
        call('TF_GraphGetTensorShape', this.pointer, output, dims, rank, status);
      });
    }
    return { dtype, shape: Array.from(dims, Number) };
  }

  /** Releases the graph. Sessions on it must be gone. */
  dispose(): void {
    call('TF_DeleteGraph', this.pointer);
  }

  #unique(name: string): string {
    const uses = this.#names.get(name) ?? 0;
    this.#names.set(name, uses + 1);
    return uses === 0 ? name : `${name}__${uses}`;
  }
}

/** The outputs as an array of C structs, for functions that take `TF_Output *`. */
export function packOutputs(outputs: readonly Output[]): Uint8Array {
  const bytes = Buffer.alloc(outputs.length * outputSize);
  outputs.forEach((output, i) => {
    bytes.writeBigUInt64LE(output.oper, i * outputSize);
    bytes.writeInt32LE(output.index, i * outputSize + 8);
  });
  return bytes;
}

const outputSize = 16;

function isList(input: Output | readonly Output[]): input is readonly Output[] {
  return Array.isArray(input);
}

function setAttribute(description: Pointer, name: string, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'string': {
      const bytes = Buffer.from(attribute.value, 'utf8');
      call('TF_SetAttrString', description, name, bytes, bytes.length);
      return;
    }
    case 'int':
      if (typeof attribute.value === 'number') {
        call('TF_SetAttrInt', description, name, attribute.value);
      } else {
        const values = BigInt64Array.from(attribute.value, BigInt);
        call('TF_SetAttrIntList', description, name, values, values.length);
      }
      return;
    case 'float':
      if (typeof attribute.value === 'number') {
        call('TF_SetAttrFloat', description, name, attribute.value);
      } else {
        const values = Float32Array.from(attribute.value);
        call('TF_SetAttrFloatList', description, name, values, values.length);
      }
      return;
    case 'bool':
      if (typeof attribute.value === 'boolean') {
        call('TF_SetAttrBool', description, name, Number(attribute.value));
      } else {
        const values = Uint8Array.from(attribute.value, Number);
        call('TF_SetAttrBoolList', description, name, values, values.length);
      }
      return;
    case 'type':
      call('TF_SetAttrType', description, name, attribute.value);
      return;
    case 'shape': {
      const dims = BigInt64Array.from(attribute.value, BigInt);
      call('TF_SetAttrShape', description, name, dims, dims.length);
      return;
    }
    case 'tensor': {
      const tensor = newTensor(attribute.dtype, attribute.shape, attribute.values);
      try {
        withStatus((status) => {
          call('TF_SetAttrTensor', description, name, tensor, status);
        });
      } finally {
        deleteTensor(tensor);
      }
    }
  }
}

/** The bytes of a TF_Buffer, which is deleted. */
export function takeBuffer(buffer: Pointer): Uint8Array {
  try {
    const data = koffi.decode(buffer, 'void *') as Pointer | null;
    const length = Number(koffi.decode(buffer, 8, 'size_t'));
    return data === null || length === 0
      ? new Uint8Array()
      : Uint8Array.from(new Uint8Array(koffi.view(data, length)));
  } finally {
    call('TF_DeleteBuffer', buffer);
  }
}
