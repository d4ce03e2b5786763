import { lookup, resolve4 } from 'node:dns/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { startServer } from '../graph';
import { acceptOnly } from './acceptOnly';
import { ownJob } from './identity';

/** Every address of the machine. */
export const EVERYWHERE = '0.0.0.0';

export interface WorkerOptions {
  readonly port: number;
  /**
   * The IPv4 address of this machine, or a name of it, by which others reach the worker;
   * {@link EVERYWHERE}: each that it has. Left out, this machine alone reaches it.
   */
  readonly host?: string | undefined;
  /** Default: all processors. */
  readonly threads?: number | undefined;
}

/**
 * Makes this process a worker: TensorFlow's server, which computes what other processes' sessions ask
 * for until the process ends. It asks nobody who they are.
 *
 * @returns the address by which others name it
 * @throws Error where the port is in use, or the host is none of this machine's
 */
export async function serve({ port, host, threads }: WorkerOptions): Promise<string> {
  const address = host === undefined ? undefined : await ownAddress(host);
  if (process.platform !== 'linux' && address !== EVERYWHERE) {
    throw new Error(
      `on this system TensorFlow listens on all addresses of the machine: give --host ${EVERYWHERE} where that is a private network`,
    );
  }
  // TensorFlow's server would share the port with another.
  await requireFree(port);
  startServer({ port, job: ownJob(), threads });
  if (address !== EVERYWHERE) acceptOnly(port, address);
  return `${host === undefined ? 'localhost' : host}:${port}`;
}

async function ownAddress(host: string): Promise<string> {
  if (host === EVERYWHERE) return host;
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
  const found = (await addressesOf(host)).find((address) => own.includes(address));
  if (found !== undefined) return found;
  throw new Error(
    `${host} is no address of this machine; it has ${own.join(', ')}, and ${EVERYWHERE} means each`,
  );
}

/** As other machines find them: many a machine's own file of hosts has its name as 127.0.1.1. */
async function addressesOf(host: string): Promise<string[]> {
  const { address } = await lookup(host, { family: 4 }).catch(() => ({ address: undefined }));
  if (address === undefined) return [];
  if (!address.startsWith('127.') || host === address || host === 'localhost') return [address];
  return resolve4(host).catch(() => []);
}

function requireFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const why = code === 'EACCES' ? 'not allowed to this user' : 'in use';
      reject(new Error(`port ${port} is ${why}: choose another with --port`));
    });
    server.listen(port, () =>
      server.close(() => {
        resolve();
      }),
    );
  });
}
