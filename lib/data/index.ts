export {
  cropImages,
  pasteBoxes,
  randomBoxes,
  randomCrops,
  shiftedViews,
  viewCrops,
  type View,
} from './augmentation';
export { loadCifar10 } from './cifar10/load';
export type { ImageDataset, Split } from './dataset';
export { DataLoader, type DataLoaderOptions } from './loader';
export { loadDataset, type DatasetName, type LoadOptions } from './load';
export { loadGenerated } from './generated';
export { pickImages } from './pickImages';
export { ResidentDataset } from './resident';
export { subset } from './subset';
