/** One field of a message in protobuf's wire format: an integer, or the bytes of what it holds. */
interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * The fields of a protobuf message, in order. TensorFlow answers some questions in messages whose
 * classes TensorFlow.js does not carry; a handful of their fields is of interest.
 */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = message[position++];
      if (byte === undefined) throw new Error('a protobuf message ends in the middle of a field');
      value += (byte % 128) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const bytes = (length: number): Uint8Array => {
    position += length;
    return message.subarray(position - length, position);
  };
  while (position < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: bytes(8) });
        break;
      case 2:
        fields.push({ number, value: bytes(varint()) });
        break;
      case 5:
        fields.push({ number, value: bytes(4) });
        break;
      default:
        throw new Error(`a protobuf message has a field of unknown wire type ${key % 8}`);
    }
  }
  return fields;
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
