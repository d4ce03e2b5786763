import { programVersions } from '../runtime';
import { ownJob, versionOf } from './identity';
import { NoAnswerError, probe, type ServerState, type Silence } from './probe';

/** A worker that can be used, or what is wrong with it and what to do. */
export type Checked =
  | { readonly address: string; readonly state: ServerState }
  | {
      readonly address: string;
      readonly problem: string;
      /** Whether a worker may come there yet: nobody answers. */
      readonly mayCome: boolean;
    };

/**
 * Asks each worker whether it is there and runs what this process runs. To be done before a session
 * is made: that waits for ever for a worker that is not there.
 *
 * @param milliseconds how long to wait for each answer; all are asked at once
 */
export function checkWorkers(
  addresses: readonly string[],
  milliseconds: number,
): Promise<Checked[]> {
  return Promise.all(addresses.map((address) => check(address, milliseconds)));
}

async function check(address: string, milliseconds: number): Promise<Checked> {
  let state: ServerState;
  try {
    state = await probe(address, milliseconds);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    const { reason } = error;
    return { address, problem: problemOf(address, reason), mayCome: reason !== 'other' };
  }
  if (state.job === ownJob()) return { address, state };
  const version = versionOf(state.job);
  const own = programVersions()['TensorFlow'];
  const problem =
    version === undefined
      ? `${address} is a TensorFlow server, but no worker of this project: give another port`
      : `${address} runs TensorFlow ${version}, and this machine ${own}: bring the project to the same state on both, and start the worker again`;
  return { address, problem, mayCome: false };
}

function problemOf(address: string, reason: Silence): string {
  const [host, port] = address.split(':');
  switch (reason) {
    case 'refused': {
      const place = host === 'localhost' ? '' : ` --host ${host}`;
      return `no worker listens on ${address}: on ${host} give npm run worker --${place} --port ${port}`;
    }
    case 'unknown host':
      return `this machine knows none of the name ${host}: look for a typing error in ${address}, or give its IP address`;
    case 'no name service':
      return `this machine cannot look up the name ${host} now: see to its network, or give the IP address`;
    case 'silent':
      return `${address} does not answer: see whether ${host} is on, whether the worker was started with --host ADDRESS, and whether a firewall keeps port ${port}`;
    case 'other':
      return `what listens on ${address} is no worker: give the port that npm run worker printed`;
  }
}
