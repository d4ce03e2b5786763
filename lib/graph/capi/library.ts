import koffi from 'koffi';
import { addonFile, nativeFunctions, type NativeFunction } from '../../runtime';

export type { Pointer } from '../../runtime';

/** The part of TensorFlow's C API (tensorflow/c/c_api.h) in use here. */
export interface Library {
  readonly [name: string]: NativeFunction;
}

const signatures = `
  void *TF_NewStatus()
  void TF_DeleteStatus(void *status)
  int TF_GetCode(void *status)
  const char *TF_Message(void *status)
  void *TF_NewBuffer()
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
  void *TF_NewSession(void *graph, void *options, void *status)
  void TF_CloseSession(void *session, void *status)
  void TF_DeleteSession(void *session, void *status)
  void TF_SessionRun(void *session, void *runOptions, void *inputs, void *inputValues, int numInputs, void *outputs, void *outputValues, int numOutputs, void *targets, int numTargets, void *runMetadata, void *status)
`;

let loaded: Library | undefined;

/**
 * TensorFlow's C library, the very one that TensorFlow.js runs on.
 *
 * The symbols are looked up through the addon that Node has already loaded, so that the process
 * holds one TensorFlow wherever its files lie and whatever they are called on this platform.
 *
 * @throws Error when TensorFlow.js runs without its native addon.
 */
export function library(): Library {
  loaded ??= load();
  return loaded;
}

function load(): Library {
  const addon = addonFile();
  if (addon === undefined) {
    throw new Error(
      'compile() needs the native TensorFlow, and this process has not loaded its addon ' +
        '(tfjs_binding.node). Run the set-up again, or call the step without compile().',
    );
  }
  koffi.struct('TF_Output', { oper: 'void *', index: 'int' });
  return nativeFunctions(addon, signatures);
}
