import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { datasetFiles, readDirectory } from '../directory';
import { DATA_DIRECTORY } from '../paths';
import { archive } from './archive';
import { CIFAR10, type Form } from './description';
import { PARQUET_FILES, parquetFiles } from './parquet';
import { pythonName, pythonVersion } from './pythonVersion';

/** A folder that may hold CIFAR-10. */
export interface Place {
  folder: string;
  /** Whether it is there for CIFAR-10: what it holds is then taken, or refused with an error. */
  dedicated: boolean;
}

/** What a place holds. */
export interface Findings {
  forms: Form[];
  /** What is CIFAR-10 only in part, or CIFAR-100. */
  problems: string[];
}

/** The folder that the archive of the binary version holds. */
export const BINARY_FOLDER = 'cifar-10-batches-bin';

const PYTHON_FOLDER = 'cifar-10-batches-py';

/** Keras 3 unpacks into the second, its first releases into a folder of the same name. */
const FOLDERS = [
  '',
  BINARY_FOLDER,
  PYTHON_FOLDER,
  `${PYTHON_FOLDER}-target/${PYTHON_FOLDER}`,
  `${PYTHON_FOLDER}/${PYTHON_FOLDER}`,
  'plain_text',
  'cifar10',
  'cifar10/plain_text',
];

/** As they are downloaded by hand or by torchvision, and as Keras 2 and 3 keep them. */
const ARCHIVES = [
  'cifar-10-binary.tar.gz',
  'cifar-10-python.tar.gz',
  `${PYTHON_FOLDER}.tar.gz`,
  `${PYTHON_FOLDER}_archive`,
  `${PYTHON_FOLDER}-target_archive`,
];

const CIFAR100 = [
  'cifar-100-binary',
  'cifar-100-python',
  'cifar-100-binary.tar.gz',
  'cifar-100-python.tar.gz',
  'fine_label_names.txt',
];

const KINDS: readonly { files: readonly string[]; form: (directory: string) => Form }[] = [
  {
    files: datasetFiles(CIFAR10),
    form: (directory) => ({
      location: directory,
      read: (files) => readDirectory(CIFAR10, directory, files),
    }),
  },
  { files: datasetFiles(CIFAR10).map(pythonName), form: pythonVersion },
  { files: Object.values(PARQUET_FILES), form: parquetFiles },
];

/**
 * Where CIFAR-10 may be: the place that `CIFAR10_DIR` names and no other, or else the project's
 * data, the usual folders of people, and those of Keras and of Hugging Face.
 */
export function cifar10Places(): Place[] {
  const named = process.env.CIFAR10_DIR;
  if (named) return [{ folder: named, dedicated: true }];
  const home = homedir();
  const cache = process.env.XDG_CACHE_HOME ?? path.join(home, '.cache');
  const keras = process.env.KERAS_HOME ?? path.join(home, '.keras');
  const huggingFace = process.env.HF_HOME ?? path.join(cache, 'huggingface');
  const hub = process.env.HF_HUB_CACHE ?? path.join(huggingFace, 'hub');
  const shared = [
    path.resolve('data'),
    path.join(home, 'data'),
    cache,
    path.join(keras, 'datasets'),
    ...snapshots(path.join(hub, 'datasets--uoft-cs--cifar10')),
    ...snapshots(path.join(hub, 'datasets--cifar10')),
  ];
  return [
    { folder: DATA_DIRECTORY, dedicated: true },
    ...shared
      .filter((folder) => folder !== DATA_DIRECTORY)
      .map((folder) => ({ folder, dedicated: false })),
  ];
}

function snapshots(repository: string): string[] {
  const folder = path.join(repository, 'snapshots');
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

/** Looks for CIFAR-10 in a folder and in those that its forms bring along; or takes an archive. */
export function lookIn(place: string): Findings {
  const findings: Findings = { forms: [], problems: [] };
  if (!existsSync(place)) return findings;
  if (statSync(place).isFile()) return { ...findings, forms: [archive(place)] };
  for (const name of FOLDERS) lookInFolder(path.join(place, name), findings);
  for (const name of ARCHIVES) {
    const file = path.join(place, name);
    if (existsSync(file)) findings.forms.push(archive(file));
  }
  return findings;
}

function lookInFolder(folder: string, { forms, problems }: Findings): void {
  const has = (name: string) => existsSync(path.join(folder, name));
  for (const { files, form } of KINDS) {
    const missing = files.filter((file) => !has(file));
    if (missing.length === 0) forms.push(form(folder));
    else if (missing.length < files.length) problems.push(`${folder} lacks ${missing.join(', ')}`);
  }
  const pickled = ['meta', 'train', 'test'].every(has);
  if (pickled || CIFAR100.some(has)) problems.push(`${folder} holds CIFAR-100, another data set`);
}
