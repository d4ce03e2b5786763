import { testBlocks } from '../parity/blocks';
import { testAdam, testCrossEntropy, testNetwork } from '../parity/networks';
import { describeOnWebgpu } from './onWebgpu';

describeOnWebgpu("WebGPU's numbers", () => {
  testBlocks();
  testNetwork('cifar10');
  // A step takes SwiftShader well over ten seconds.
  testAdam(2);
  testCrossEntropy();
});
