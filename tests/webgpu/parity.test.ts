import { testBlocks } from '../parity/blocks';
import { ADAM, testAdam, testCrossEntropy, testNetwork } from '../parity/networks';
import { testTraining } from '../parity/training';
import { describeOnWebgpu } from './onWebgpu';

describeOnWebgpu("WebGPU's numbers", () => {
  testBlocks();
  testTraining();
  testNetwork('cifar10');
  // A step takes SwiftShader well over ten seconds: two of the larger learning rate.
  testAdam(2, 'eager', ADAM.slice(0, 1));
  testCrossEntropy();
});
