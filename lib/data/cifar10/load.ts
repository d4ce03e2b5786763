import { existsSync } from 'node:fs';
import type { ImageDataset, Split } from '../dataset';
import { decodeSplit, filesOfSamples } from '../directory';
import { downloadProgress } from '../downloadProgress';
import { DATA_DIRECTORY } from '../paths';
import { arePublished, CIFAR10, PUBLISHED, type Form } from './description';
import { downloadCifar10 } from './download';
import { cifar10Places, lookIn, type Place } from './find';

/**
 * Loads CIFAR-10, downloading it first if it is not on disk. What `CIFAR10_DIR` names is used as it
 * is.
 *
 * @param samples how many images, from the start; all if left out
 * @throws Error that names the file or address, what is wrong and what to do
 */
export async function loadCifar10(split: Split, samples?: number): Promise<ImageDataset> {
  const found = await findCifar10(split, samples);
  if (found) return found;
  await download();
  const downloaded = await findCifar10(split, samples);
  if (!downloaded) throw new Error(`CIFAR-10 was downloaded to ${DATA_DIRECTORY}, and is gone`);
  return downloaded;
}

/**
 * Loads CIFAR-10 from the first place that has it, in any of its forms. Where the images are not
 * the published ones its name says so, and in a place that is not there for CIFAR-10 they are
 * passed over: training and test images of different copies must not mix.
 *
 * @returns undefined if it is nowhere; why a copy was passed over is printed
 * @throws Error that names the file, what is wrong and what to do
 */
export async function findCifar10(
  split: Split,
  samples?: number,
  places: readonly Place[] = cifar10Places(),
  published = PUBLISHED,
): Promise<ImageDataset | undefined> {
  const files = filesOfSamples(CIFAR10, split, samples);
  const passedOver: string[] = [];
  for (const { folder, dedicated } of places) {
    const { forms, problems } = lookIn(folder);
    if (forms.length === 0 && process.env.CIFAR10_DIR) throw nothingIn(folder, problems);
    passedOver.push(...problems);
    for (const form of forms) {
      const contents = await read(form, files, dedicated, passedOver);
      if (!contents) continue;
      const genuine = arePublished(files, contents, published);
      if (!genuine && !dedicated) {
        passedOver.push(`the images of ${form.location} are not the published ones`);
        continue;
      }
      const dataset = decodeSplit(CIFAR10, split, samples, contents, form.location);
      return genuine ? dataset : { ...dataset, name: `${dataset.name} (not the published images)` };
    }
  }
  for (const reason of passedOver) console.warn(`CIFAR-10: ${reason}; passed over`);
  return undefined;
}

async function read(
  form: Form,
  files: readonly string[],
  dedicated: boolean,
  passedOver: string[],
): Promise<Buffer[] | undefined> {
  try {
    return await form.read(files);
  } catch (error) {
    if (dedicated) throw error;
    passedOver.push((error as Error).message);
    return undefined;
  }
}

function nothingIn(folder: string, problems: readonly string[]): Error {
  const reason =
    problems[0] ?? `${folder} ${existsSync(folder) ? 'holds no CIFAR-10' : 'does not exist'}`;
  return new Error(
    `CIFAR10_DIR is ${folder}, but ${reason}. Let it name a folder of CIFAR-10, or unset it to have that downloaded`,
  );
}

async function download(): Promise<void> {
  const progress = downloadProgress(CIFAR10.name);
  try {
    await downloadCifar10(progress.onProgress);
  } finally {
    progress.stop();
  }
}
