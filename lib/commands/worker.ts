import './processorOnly';
import { parseArgs } from 'node:util';
import {
  DEFAULT_PORT,
  parsePort,
  readTensorFlowConfig,
  serve,
  type WorkerOptions,
} from '../distributed';
import { endWithParent } from './endWithParent';
import { isArgumentError, number } from './options';

const HELP = `A worker: computes its share of each batch for npm run train -- --workers, on another machine or this.

usage: npm run worker -- [options]

  --port N      where it listens (default: ${DEFAULT_PORT})
  --host NAME   the name or IPv4 address by which other machines reach this one; 0.0.0.0 means each
                that it has (default: this machine alone reaches the worker)
  --threads N   threads that compute (default: all processors)
  --help

What is not given of --port and --host comes from TF_CONFIG, if it is set and its task is a worker. The
worker computes on the CPU until it is stopped (Ctrl-C), for one run after another.

It asks nobody who they are, and whoever reaches the port can run what they like with your rights:
give --host in a private network alone, or leave it out and reach the port through a tunnel
(ssh -L 7001:localhost:7000 lab-3).`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const { port = DEFAULT_PORT, host } = taskOf() ?? {};
  const threads = number('threads', values.threads, NaN);
  if (values.threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new RangeError(`--threads is ${threads}; it must be a whole number of at least 1`);
  }
  const address = await serve({
    port: values.port === undefined ? port : parsePort(values.port, '--port'),
    host: values.host ?? host,
    threads: values.threads === undefined ? undefined : threads,
  });
  endWithParent();
  console.log(`worker ${address} is ready; Ctrl-C ends it`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // TensorFlow's server knows no end of its own, and its threads outlive an orderly one.
    process.on(signal, () => process.kill(process.pid, 'SIGKILL'));
  }
  // Its threads alone do not keep the process.
  setInterval(() => undefined, 2 ** 30);
}

/** Where TF_CONFIG has this process listen. */
function taskOf(): Pick<WorkerOptions, 'port' | 'host'> | undefined {
  const config = readTensorFlowConfig();
  if (config?.task?.type !== 'worker') return undefined;
  const address = config.workers[config.task.index];
  if (address === undefined) {
    throw new RangeError(
      `TF_CONFIG has ${config.workers.length} workers, counted from 0, and no worker ${config.task.index}`,
    );
  }
  const [host, port] = address.split(':');
  return { port: Number(port), host };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (isArgumentError(error)) console.error('npm run worker -- --help lists the options');
  process.exitCode = 1;
});
