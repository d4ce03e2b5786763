import { testBlocks } from './blocks';

testBlocks();
