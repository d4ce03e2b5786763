import { testTraining } from './training';

testTraining();
