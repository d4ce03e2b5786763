import { testBlocks } from '../parity/blocks';
import { testAdam, testCrossEntropy, testNetwork } from '../parity/networks';
import { describeOnWebgpu } from './onWebgpu';

describeOnWebgpu("WebGPU's numbers", () => {
  testBlocks();
  testNetwork('cifar10');
  // SwiftShader takes ten seconds for a step.
  testAdam(2);
  testCrossEntropy();
});
