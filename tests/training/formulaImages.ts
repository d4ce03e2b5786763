import type { ImageDataset } from 'googlenet/data';

/** Images that are a formula of index and position, the same in lecture_run.py. */
export function formulaImages(length: number): ImageDataset {
  const images = new Uint8Array(length * 32 * 32 * 3);
  const labels = Uint8Array.from({ length }, (_, index) => index % 10);
  for (let at = 0; at < images.length; at++) {
    const channel = at % 3;
    const column = Math.floor(at / 3) % 32;
    const row = Math.floor(at / 96) % 32;
    const index = Math.floor(at / 3072);
    const label = index % 10;
    images[at] = (37 * index + 53 * channel + row * (3 + label) + column * (11 - label)) % 256;
  }
  return {
    id: 'formula',
    name: 'Formula (not CIFAR-10)',
    split: 'train',
    classNames: Array.from({ length: 10 }, (_, index) => `class ${index}`),
    images,
    labels,
    length,
    imageShape: [32, 32, 3],
  };
}
