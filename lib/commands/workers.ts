import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import { parseAddresses, readTensorFlowConfig, supervise, type RunMessage } from '../distributed';
import { TensorFlowError } from '../graph';
import { stopOnInterrupt } from '../runtime';
import type { TrainingListener } from '../training';
import { endWithParent } from './endWithParent';
import { writeSummary, type RunSummary, type Target } from './summary';

/** Names to the process of a run the workers that it has. */
const VARIABLE = 'GOOGLENET_WORKERS';

/** Who is to compute. */
export type RequestedWorkers = { readonly wait: boolean } & (
  | { readonly addresses: readonly string[] }
  /** How many on this machine. */
  | { readonly local: number }
);

interface WorkerOptions {
  workers?: string | undefined;
  'local-workers'?: string | undefined;
  wait: boolean;
  device?: string | undefined;
}

/**
 * What the command line or TF_CONFIG says of workers; undefined where neither does.
 * @throws RangeError for what cannot be
 */
export function requestedWorkers(options: WorkerOptions): RequestedWorkers | undefined {
  const { workers, 'local-workers': local, wait, device } = options;
  // A job's TF_CONFIG may say nothing of workers, which does not matter where options do.
  const config = workers === undefined && local === undefined ? readTensorFlowConfig() : undefined;
  if (workers === undefined && local === undefined && config === undefined) {
    if (wait) throw new RangeError('--wait is for workers: give --workers too');
    return undefined;
  }
  if (device !== undefined && device !== 'cpu') {
    throw new RangeError(`--device is "${device}"; workers compute on the cpu`);
  }
  if (workers !== undefined && local !== undefined) {
    throw new RangeError('--workers and --local-workers are given; it must be one of them');
  }
  if (workers !== undefined) return { wait, addresses: parseAddresses(workers, '--workers') };
  if (local !== undefined) {
    const count = Number(local);
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(
        `--local-workers is "${local}"; it must be a whole number of at least 1`,
      );
    }
    if (wait) {
      throw new RangeError(
        '--wait is for workers that somebody starts again: --local-workers ends its own',
      );
    }
    if (process.platform !== 'linux') {
      throw new RangeError(
        '--local-workers needs Linux: elsewhere start npm run worker with --host 0.0.0.0, and name it with --workers',
      );
    }
    return { wait, local: count };
  }
  const { task, workers: addresses = [] } = config ?? {};
  if (task?.type === 'worker' && task.index > 0) {
    throw new RangeError(
      `TF_CONFIG makes this process worker ${task.index}: give npm run worker here, and npm run train for the chief or worker 0`,
    );
  }
  return { wait, addresses };
}

/** What the process of a run tells: whoever watches it, and this command. */
type Message =
  | RunMessage
  /** The run is open: what there was before is moved aside, if that was asked for. */
  | { readonly open: true }
  | { readonly summary: RunSummary };

/**
 * Trains on workers: this process watches, and the command once more, in a process of its own, trains.
 *
 * @param json where the summary of the run goes, if anywhere
 */
export async function trainOnWorkers(requested: RequestedWorkers, json?: Target): Promise<number> {
  const interrupt = stopOnInterrupt();
  const local = 'local' in requested ? await startLocal(requested.local) : undefined;
  let args = process.argv.slice(1);
  let summary: RunSummary | undefined;
  try {
    const code = await supervise({
      workers: 'addresses' in requested ? requested.addresses : (local?.addresses ?? []),
      wait: requested.wait,
      signal: interrupt.signal,
      say: console.log,
      start(workers) {
        const env = { ...process.env, [VARIABLE]: workers.join() };
        const child = spawn(process.execPath, [...process.execArgv, ...args], {
          env,
          stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
        });
        child.on('message', (message: Message) => {
          // What one has begun anew the next goes on with.
          if ('open' in message) args = args.filter((argument) => argument !== '--restart');
          if ('summary' in message) ({ summary } = message);
        });
        return child;
      },
    });
    if (json !== undefined && summary !== undefined) await writeSummary(json, summary);
    return code;
  } finally {
    local?.stop();
    interrupt.dispose();
  }
}

/** The part of a run's process, which has workers. */
export interface Director {
  readonly workers: readonly string[];
  /** The listener, and beside it whoever watches the run. */
  reporting(listener: TrainingListener): TrainingListener;
  /** Hands the summary to the command that the user gave. */
  tell(summary: RunSummary): Promise<void>;
}

/** Undefined in any other process. */
export function directed(): Director | undefined {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  endWithParent();
  return {
    workers: text.split(','),
    reporting: (listener) => ({
      ...listener,
      onOpen() {
        tellParent({ open: true });
      },
      onEpoch(metrics, history) {
        listener.onEpoch?.(metrics, history);
        tellParent({ saved: true });
      },
      onEnd(finished) {
        listener.onEnd?.(finished);
        if (finished) tellParent({ trained: true });
      },
    }),
    tell: (summary) =>
      new Promise((resolve) => {
        tellParent({ summary }, resolve);
      }),
  };
}

/** Whether the error is the workers' failure, of which whoever watches the run is told, and not the user. */
export function reportFailure(error: unknown): boolean {
  if (process.env[VARIABLE] === undefined || !(error instanceof TensorFlowError)) return false;
  tellParent({ failure: error.message });
  // Threads of a session whose workers are gone would keep it.
  setImmediate(() => process.kill(process.pid, 'SIGKILL'));
  return true;
}

function tellParent(message: Message, sent: () => void = () => undefined): void {
  process.send?.(message, sent);
}

const WORKER_COMMAND = path.join(__dirname, 'worker.js');

/** Workers on this machine, which share its processors. */
async function startLocal(
  count: number,
): Promise<{ addresses: readonly string[]; stop: () => void }> {
  const threads = Math.max(1, Math.floor(availableParallelism() / count));
  const ports = await freePorts(count);
  const children = ports.map((port) =>
    spawn(
      process.execPath,
      [...process.execArgv, WORKER_COMMAND, '--port', String(port), '--threads', String(threads)],
      {
        // What it says of workers elsewhere would open these to the network.
        env: { ...process.env, TF_CONFIG: undefined },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        // A terminal's Ctrl-C is for the training alone, which needs them for its last step.
        detached: true,
      },
    ),
  );
  const stop = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  try {
    await Promise.all(children.map(ready));
  } catch (error) {
    stop();
    throw error;
  }
  return { addresses: ports.map((port) => `localhost:${port}`), stop };
}

/** Resolves when the worker has said that it is. */
async function ready(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a worker on this machine has ended as it began');
  });
  if (child.stdout) await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
