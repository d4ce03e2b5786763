import { byteTensor, nodeBackendInUse, tf, type NodeBackend } from '../runtime';
import type { ImageDataset } from './dataset';

/**
 * A data set on the device, as bytes (50,000 images of CIFAR-10 take 154 MB); batches are gathered
 * and scaled there.
 */
export class ResidentDataset {
  private readonly length: number;
  private readonly store: ByteStore;
  private readonly allLabels: tf.Tensor1D;

  constructor({ images, labels, length, imageShape }: ImageDataset) {
    this.length = length;
    const backend = nodeBackendInUse();
    this.store = backend
      ? new DeviceBytes(backend, images, [length, ...imageShape])
      : new HostBytes(images, imageShape);
    this.allLabels = tf.keep(tf.tensor1d(labels, 'int32'));
  }

  /**
   * The images with these indices, as `ToTensor` makes them: value / 255.
   *
   * @param indices int32 (B,)
   * @returns float32 [B, H, W, C], 0 to 1
   * @throws RangeError if there is no image with such an index; of a tensor's, TensorFlow's own error
   *   on the CPU, while an NVIDIA GPU gives zeros
   */
  images(indices: Int32Array | tf.Tensor1D): tf.Tensor4D {
    return tf.tidy(() => tf.div<tf.Tensor4D>(this.store.gather(this.checked(indices)), 255));
  }

  /**
   * The labels of the images with these indices.
   *
   * @param indices int32 (B,)
   * @returns int32 (B,)
   * @throws RangeError if there is no image with such an index; of a tensor's, TensorFlow's own error
   *   on the CPU, while an NVIDIA GPU gives zeros
   */
  labels(indices: Int32Array | tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.gather(this.allLabels, asTensor(this.checked(indices))));
  }

  dispose(): void {
    this.store.dispose();
    this.allLabels.dispose();
  }

  /** A tensor's values stay unread: they may be on another device, and TensorFlow looks at them itself. */
  private checked<Indices extends Int32Array | tf.Tensor1D>(indices: Indices): Indices {
    if (!(indices instanceof Int32Array)) {
      if (indices.dtype === 'int32') return indices;
      throw new TypeError(`the indices of images are ${indices.dtype}; they must be int32`);
    }
    const wrong = indices.find((index) => index < 0 || index >= this.length);
    if (wrong === undefined) return indices;
    throw new RangeError(`there is no image ${wrong}; the data set has 0 to ${this.length - 1}`);
  }
}

/** Images as bytes, somewhere. `gather` gives float32 [B, H, W, C], 0 to 255. */
interface ByteStore {
  gather(indices: Int32Array | tf.Tensor1D): tf.Tensor4D;
  dispose(): void;
}

/** TensorFlow.js has no type for bytes, TensorFlow has: as `tf.node.decodeImage`, this asks the Node backend for it. */
class DeviceBytes implements ByteStore {
  private readonly bytes: tf.Tensor;

  constructor(
    private readonly backend: NodeBackend,
    images: Uint8Array,
    shape: number[],
  ) {
    this.bytes = tf.keep(byteTensor(backend, images, shape));
  }

  gather(indices: Int32Array | tf.Tensor1D): tf.Tensor4D {
    const { backend } = this;
    const { binding } = backend;
    const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
    const picked = backend.executeSingleOutput(
      'GatherV2',
      [
        { name: 'batch_dims', type: binding.TF_ATTR_INT, value: 0 },
        type('Tparams', binding.TF_UINT8),
        type('Tindices', binding.TF_INT32),
        type('Taxis', binding.TF_INT32),
      ],
      [this.bytes, asTensor(indices), tf.scalar(0, 'int32')],
    );
    return this.backend.executeSingleOutput(
      'Cast',
      [
        type('SrcT', binding.TF_UINT8),
        type('DstT', binding.TF_FLOAT),
        { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
      ],
      [picked],
    ) as tf.Tensor4D;
  }

  dispose(): void {
    this.bytes.dispose();
  }
}

/** For backends without bytes: the images stay in JavaScript's memory, and so must the indices. */
class HostBytes implements ByteStore {
  private readonly imageBytes: number;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly imageShape: ImageDataset['imageShape'],
  ) {
    this.imageBytes = tf.util.sizeFromShape([...imageShape]);
  }

  gather(indices: Int32Array | tf.Tensor1D): tf.Tensor4D {
    const { bytes, imageBytes } = this;
    const picked = indices instanceof Int32Array ? indices : (indices.dataSync() as Int32Array);
    const batch = new Float32Array(picked.length * imageBytes);
    picked.forEach((index, position) => {
      if (index < 0 || index * imageBytes >= bytes.length) {
        throw new RangeError(`there is no image ${index} in the data set`);
      }
      const image = bytes.subarray(index * imageBytes, (index + 1) * imageBytes);
      batch.set(image, position * imageBytes);
    });
    return tf.tensor4d(batch, [picked.length, ...this.imageShape]);
  }

  dispose(): void {
    // Nothing on a device.
  }
}

function asTensor(indices: Int32Array | tf.Tensor1D): tf.Tensor1D {
  return indices instanceof Int32Array ? tf.tensor1d(indices, 'int32') : indices;
}
