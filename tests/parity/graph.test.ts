import { asGraph } from './execution';
import { testBlocks } from './blocks';
import { testAdam, testCrossEntropy, testNetwork } from './networks';

testBlocks(asGraph);
testNetwork('imagenet', asGraph);
testNetwork('cifar10', asGraph);
testAdam(4, asGraph);
testCrossEntropy(asGraph);
