import koffi from 'koffi';

/** A pointer of a C library, which owns what it points to. */
export type Pointer = bigint;

/** A C function: called directly, or on a worker thread through `async`. */
export interface NativeFunction {
  (...parameters: unknown[]): unknown;
  async(...parameters: unknown[]): void;
}

/** The part in use of tensorflow/c/c_api.h and tensorflow/c/eager/c_api.h. */
const SIGNATURES = `
  void *TF_NewStatus()
  void TF_DeleteStatus(void *status)
  int TF_GetCode(void *status)
  const char *TF_Message(void *status)
  void *TF_NewBuffer()
  void *TF_NewBufferFromString(void *data, size_t length)
  void TF_DeleteBuffer(void *buffer)
  void *TF_AllocateTensor(int dtype, void *dims, int numDims, size_t length)
  void TF_DeleteTensor(void *tensor)
  int TF_TensorType(void *tensor)
  int TF_NumDims(void *tensor)
  int64_t TF_Dim(void *tensor, int index)
  size_t TF_TensorByteSize(void *tensor)
  void *TF_TensorData(void *tensor)
  void *TF_NewGraph()
  void TF_DeleteGraph(void *graph)
  void TF_GraphGetOpDef(void *graph, const char *name, void *opDef, void *status)
  void *TF_NewOperation(void *graph, const char *op, const char *name)
  void *TF_FinishOperation(void *description, void *status)
  void TF_SetDevice(void *description, const char *device)
  void TF_AddInput(void *description, TF_Output input)
  void TF_AddInputList(void *description, void *inputs, int count)
  void TF_AddControlInput(void *description, void *operation)
  void TF_SetAttrString(void *description, const char *name, void *value, size_t length)
  void TF_SetAttrInt(void *description, const char *name, int64_t value)
  void TF_SetAttrIntList(void *description, const char *name, void *values, int count)
  void TF_SetAttrFloat(void *description, const char *name, float value)
  void TF_SetAttrFloatList(void *description, const char *name, void *values, int count)
  void TF_SetAttrBool(void *description, const char *name, uchar value)
  void TF_SetAttrBoolList(void *description, const char *name, void *values, int count)
  void TF_SetAttrType(void *description, const char *name, int value)
  void TF_SetAttrShape(void *description, const char *name, void *dims, int count)
  void TF_SetAttrTensor(void *description, const char *name, void *tensor, void *status)
  int TF_OperationOutputType(TF_Output output)
  int TF_GraphGetTensorNumDims(void *graph, TF_Output output, void *status)
  void TF_GraphGetTensorShape(void *graph, TF_Output output, void *dims, int count, void *status)
  void *TF_NewSessionOptions()
  void TF_DeleteSessionOptions(void *options)
  void TF_SetConfig(void *options, void *proto, size_t length, void *status)
  void TF_SetTarget(void *options, const char *target)
  void *TF_NewSession(void *graph, void *options, void *status)
  void TF_CloseSession(void *session, void *status)
  void TF_DeleteSession(void *session, void *status)
  void TF_SessionRun(void *session, void *runOptions, void *inputs, void *inputValues, int numInputs, void *outputs, void *outputValues, int numOutputs, void *targets, int numTargets, void *runMetadata, void *status)
  void *TF_NewServer(void *proto, size_t length, void *status)
  void TF_ServerStart(void *server, void *status)
  void *TFE_NewContextOptions()
  void TFE_DeleteContextOptions(void *options)
  void TFE_ContextOptionsSetConfig(void *options, void *proto, size_t length, void *status)
  void *TFE_NewContext(void *options, void *status)
  void TFE_DeleteContext(void *context)
  void *TFE_NewTensorHandle(void *tensor, void *status)
  void TFE_DeleteTensorHandle(void *handle)
  void *TFE_NewOp(void *context, const char *name, void *status)
  void TFE_DeleteOp(void *op)
  void TFE_OpAddInput(void *op, void *handle, void *status)
  void TFE_Execute(void *op, void *results, void *count, void *status)
  const char *TFE_TensorHandleBackingDeviceName(void *handle, void *status)
`;

let loaded: Readonly<Record<string, NativeFunction>> | undefined;

/**
 * The functions of TensorFlow's C library, the very one that TensorFlow.js runs on, by their names;
 * undefined where this process has not loaded TensorFlow.js's native addon.
 *
 * They are looked up through the addon, so that the process holds one TensorFlow wherever its files
 * lie and whatever they are called on this platform.
 *
 * @throws Error if the addon has no such function
 */
export function tensorFlowFunctions(): Readonly<Record<string, NativeFunction>> | undefined {
  // Each call of the library asks for it; to look for the addon takes long.
  return (loaded ??= load());
}

function load(): Readonly<Record<string, NativeFunction>> | undefined {
  const addon = Object.keys(require.cache).find((file) => file.endsWith('tfjs_binding.node'));
  if (addon === undefined) return undefined;
  koffi.struct('TF_Output', { oper: 'void *', index: 'int' });
  const native = koffi.load(addon);
  return Object.fromEntries(
    SIGNATURES.trim()
      .split('\n')
      .map((line) => {
        const signature = line.trim();
        const name = /(\w+)\(/.exec(signature)?.[1] ?? '';
        return [name, native.func(signature) as NativeFunction];
      }),
  );
}
