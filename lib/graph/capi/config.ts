/**
 * The session's settings as ConfigProto bytes (tensorflow/core/protobuf/config.proto). Half a dozen
 * fields are set, so they are written in protobuf's wire format here; the field numbers are
 * TensorFlow's.
 */
export function sessionConfig(): Uint8Array {
  const gpuOptions = varintField(4, 1); // allow_growth: take GPU memory as it is needed
  // meta_optimizer_iterations ONE: a second round of TensorFlow's own rewrites finds nothing more.
  const rewriteOptions = varintField(12, 1);
  return Uint8Array.from([
    ...varintField(7, 1), // allow_soft_placement: operations without a GPU kernel run on the CPU
    ...messageField(6, gpuOptions),
    ...messageField(10, messageField(10, rewriteOptions)), // graph_options.rewrite_options
  ]);
}

function varintField(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function messageField(field: number, message: number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(message.length), ...message];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
