import { tf } from '../runtime';
import { BatchNorm2d } from './batchNorm2d';
import { Dropout } from './dropout';
import { MapLayer } from './layer';
import {
  AvgPool2d,
  Concatenate,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  type Conv2dArguments,
} from './layers';
import { Module, type Features } from './module';
import { Sequential } from './sequential';

/** torchvision's `BasicConv2d`: its variances have 0.001 added to them. */
class BasicConv2d extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;
  readonly relu: ReLU;

  constructor(given: Conv2dArguments) {
    const conv = new Conv2d({ ...given, bias: false });
    super(conv.input);
    this.conv = conv;
    this.bn = new BatchNorm2d({ numFeatures: given.outChannels, eps: 0.001 });
    this.relu = new ReLU();
  }

  override forward<T extends Features>(x: T): T {
    return this.relu.forward(this.bn.forward(this.conv.forward(x)));
  }
}

/** torchvision's `Inception`, whose branch 3 has a 3×3 where the paper has a 5×5. */
class TorchvisionInception extends Module {
  readonly branch1: BasicConv2d;
  readonly branch2: Sequential;
  readonly branch3: Sequential;
  readonly branch4: Sequential;
  readonly concat = new Concatenate();

  constructor(
    inChannels: number,
    ch1x1: number,
    ch3x3red: number,
    ch3x3: number,
    ch5x5red: number,
    ch5x5: number,
    poolProj: number,
  ) {
    super({ channels: inChannels });
    const convolution = (inChannels: number, outChannels: number, kernelSize: number) =>
      new BasicConv2d({ inChannels, outChannels, kernelSize, padding: (kernelSize - 1) / 2 });
    this.branch1 = convolution(inChannels, ch1x1, 1);
    this.branch2 = new Sequential(
      convolution(inChannels, ch3x3red, 1),
      convolution(ch3x3red, ch3x3, 3),
    );
    this.branch3 = new Sequential(
      convolution(inChannels, ch5x5red, 1),
      convolution(ch5x5red, ch5x5, 3),
    );
    this.branch4 = new Sequential(
      new MaxPool2d({ kernelSize: 3, stride: 1, padding: 1 }),
      convolution(inChannels, poolProj, 1),
    );
  }

  override forward<T extends Features>(x: T): T {
    const branches = [this.branch1, this.branch2, this.branch3, this.branch4];
    return this.concat.forward(branches.map((branch) => (branch as Module).forward(x) as T));
  }
}

/** ImageNet's mean and standard deviation of red, green and blue, by which images are normalised. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** torchvision's `transform_input`: the weights come from TensorFlow, and want pixels of -1 to 1. */
class TransformInput extends MapLayer {
  constructor() {
    // TensorFlow.js takes a row of numbers too, one for each channel, though it declares one alone.
    const rescaling = {
      scale: DEVIATION.map((deviation) => deviation / 0.5),
      offset: MEAN.map((mean) => (mean - 0.5) / 0.5),
    };
    super({ '': tf.layers.rescaling(rescaling as never) });
  }
}

const pool = (kernelSize: number) => new MaxPool2d({ kernelSize, stride: 2, ceilMode: true });

/**
 * torchvision's `googlenet(weights="DEFAULT")`, without auxiliary classifiers. Its 6.6 million
 * weights, trained on ImageNet, are loaded by {@link loadStateDict} from what this writes:
 *
 * ```python
 * model = torchvision.models.googlenet(weights="DEFAULT")
 * safetensors.torch.save_file(model.state_dict(), "googlenet.safetensors")
 * ```
 *
 * (B, 224, 224, 3), red, green and blue of 0 to 1, less their mean and over their standard deviation
 * as torchvision's transforms have it → logits (B, 1000)
 */
export class TorchvisionGoogLeNet extends Module {
  readonly transform_input = new TransformInput(); //            224, 224, 3
  readonly conv1 = new BasicConv2d({
    inChannels: 3,
    outChannels: 64,
    kernelSize: 7,
    stride: 2,
    padding: 3,
  }); //                                                         112, 112, 64
  readonly maxpool1 = pool(3); //                                56, 56, 64
  readonly conv2 = new BasicConv2d({ inChannels: 64, outChannels: 64, kernelSize: 1 });
  readonly conv3 = new BasicConv2d({
    inChannels: 64,
    outChannels: 192,
    kernelSize: 3,
    padding: 1,
  });
  readonly maxpool2 = pool(3); //                                28, 28, 192
  readonly inception3a = new TorchvisionInception(192, 64, 96, 128, 16, 32, 32);
  readonly inception3b = new TorchvisionInception(256, 128, 128, 192, 32, 96, 64);
  readonly maxpool3 = pool(3); //                                14, 14, 480
  readonly inception4a = new TorchvisionInception(480, 192, 96, 208, 16, 48, 64);
  readonly inception4b = new TorchvisionInception(512, 160, 112, 224, 24, 64, 64);
  readonly inception4c = new TorchvisionInception(512, 128, 128, 256, 24, 64, 64);
  readonly inception4d = new TorchvisionInception(512, 112, 144, 288, 32, 64, 64);
  readonly inception4e = new TorchvisionInception(528, 256, 160, 320, 32, 128, 128);
  readonly maxpool4 = pool(2); //                                7, 7, 832
  readonly inception5a = new TorchvisionInception(832, 256, 160, 320, 32, 128, 128);
  readonly inception5b = new TorchvisionInception(832, 384, 192, 384, 48, 128, 128);
  readonly avgpool = new AvgPool2d({ kernelSize: 7 }); //        1, 1, 1024
  readonly flatten = new Flatten();
  readonly dropout = new Dropout({ p: 0.2 });
  readonly fc = new Linear({ inFeatures: 1024, outFeatures: 1000 });

  constructor() {
    super({ channels: 3, size: { height: 224, width: 224 } });
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: tf.Tensor): tf.Tensor;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    return this.namedChildren().reduce((y, [, child]) => child.forward(y), x);
  }
}
