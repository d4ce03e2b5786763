import { testBlocks } from '../parity/blocks';
import { ADAM, testAdam, testCrossEntropy, testNetwork } from '../parity/networks';
import { describeOnWebgpu } from './onWebgpu';

describeOnWebgpu("WebGPU's numbers", () => {
  testBlocks();
  testNetwork('cifar10');
  // A step takes SwiftShader well over ten seconds: two of the larger learning rate.
  testAdam(2, 'eager', ADAM.slice(0, 1));
  testCrossEntropy();
});
