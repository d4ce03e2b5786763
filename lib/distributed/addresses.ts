/** The port that a worker listens on unless it is told another. */
export const DEFAULT_PORT = 7000;

/**
 * The workers in `host:port,…`; without a port it is {@link DEFAULT_PORT}.
 * @param origin what the text stands in, for the error
 * @throws RangeError for what is no address, or one that is named twice
 */
export function parseAddresses(text: string, origin: string): string[] {
  const addresses = text.split(',').map((address) => parseAddress(address.trim(), origin));
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice !== undefined) throw new RangeError(`${origin} names ${twice} twice`);
  return addresses;
}

function parseAddress(text: string, origin: string): string {
  const [, host, port = String(DEFAULT_PORT)] = /^([\w.-]+)(?::(\d+))?$/.exec(text) ?? [];
  const address = `${host}:${parsePort(port, origin)}`;
  // 10.0.0.256 is the name of no machine either.
  if (host === undefined || !URL.canParse(`http://${address}`)) {
    throw new RangeError(`${origin} has "${text}"; a worker is host:port, as in lab-3:7000`);
  }
  return address;
}

/** @throws RangeError for what is no port */
export function parsePort(text: string, origin: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new RangeError(`${origin} has the port "${text}"; it must be a whole number of 1 to 65535`);
}

/** What TF_CONFIG says, the variable by which TensorFlow's users tell each machine of all. */
export interface TensorFlowConfig {
  /** `host:port` of each worker. */
  readonly workers: readonly string[];
  /** Which task this process is to be; undefined where it is not said. */
  readonly task: { readonly type: string; readonly index: number } | undefined;
}

const ORIGIN = 'TF_CONFIG';

/**
 * Reads TF_CONFIG: `{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}`.
 * Other jobs than `worker` are not looked at: who starts the training only directs it.
 *
 * @returns undefined where the variable is not set
 * @throws RangeError where it is something else
 */
export function readTensorFlowConfig(
  text: string | undefined = process.env['TF_CONFIG'],
): TensorFlowConfig | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  let config: {
    cluster?: { worker?: unknown };
    task?: { type?: unknown; index?: unknown } | null;
  } | null;
  try {
    config = JSON.parse(text) as typeof config;
  } catch (cause) {
    throw new RangeError(`${ORIGIN} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const workers = config?.cluster?.worker;
  if (!Array.isArray(workers) || workers.length === 0) {
    throw new RangeError(
      `${ORIGIN} names no workers: it needs {"cluster": {"worker": ["host:port", …]}}`,
    );
  }
  const addresses = parseAddresses(workers.join(','), ORIGIN);
  const { task } = config ?? {};
  if (!task) return { workers: addresses, task: undefined };
  const { type, index } = task;
  if (typeof type !== 'string' || !Number.isSafeInteger(Number(index))) {
    throw new RangeError(`${ORIGIN} has a task without type and index`);
  }
  return { workers: addresses, task: { type, index: Number(index) } };
}
