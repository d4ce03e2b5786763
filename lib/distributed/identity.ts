import { programVersions } from '../runtime';

const PREFIX = 'googlenet_tensorflow_';

/**
 * What a worker calls its job. Who asks TensorFlow's server for its state is told the name, and so
 * whether it is a worker of this project and which TensorFlow it runs.
 */
export function ownJob(): string {
  return PREFIX + (programVersions()['TensorFlow'] ?? '').replace(/\W/g, '_');
}

/** The TensorFlow of a worker, as its job says; undefined for another server's job. */
export function versionOf(job: string): string | undefined {
  return job.startsWith(PREFIX) ? job.slice(PREFIX.length).replaceAll('_', '.') : undefined;
}
