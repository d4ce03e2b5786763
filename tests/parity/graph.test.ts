import { testBlocks } from './blocks';
import { testAdam, testCrossEntropy, testNetwork } from './networks';

testBlocks('graph');
testNetwork('imagenet', 'graph');
testNetwork('cifar10', 'graph');
testAdam(4, 'graph');
testCrossEntropy('graph');
