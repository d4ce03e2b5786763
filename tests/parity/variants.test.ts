import { testVariants } from './variants';

testVariants();
