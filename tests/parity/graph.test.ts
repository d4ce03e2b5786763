import { testBlocks } from './blocks';
import { testAdam, testCrossEntropy, testNetwork } from './networks';
import { testTraining } from './training';
import { testVariants } from './variants';

testBlocks('graph');
testTraining('graph');
testVariants('graph');
testNetwork('imagenet', 'graph');
testNetwork('cifar10', 'graph');
testAdam(4, 'graph');
testCrossEntropy('graph');
