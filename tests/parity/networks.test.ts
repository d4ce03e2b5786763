import { testAdam, testCrossEntropy, testNetwork } from './networks';

testNetwork('imagenet');
testNetwork('cifar10');
testAdam(4);
testCrossEntropy();
