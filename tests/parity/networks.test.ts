import { testAdam, testCrossEntropy, testNetwork } from './networks';

testNetwork('imagenet');
testNetwork('cifar10');
testAdam(5);
testCrossEntropy();
