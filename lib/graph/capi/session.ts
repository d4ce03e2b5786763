import { sessionConfig, type SessionOptions } from './config';
import { packOutputs, takeBuffer, type NativeGraph, type Output } from './graph';
import { library, type Pointer } from './library';
import { call, deleteStatus, newStatus, throwIfFailed, withStatus } from './status';
import { deleteTensor, newTensor, takeTensor, type HostTensor } from './tensor';
import { fullTrace, readOperationTimes, type OperationTime } from './trace';

/** One value for one input of a run. */
export interface Feed {
  readonly output: Output;
  readonly value: HostTensor;
}

/** What one run asks for. */
export interface RunRequest {
  readonly feeds: readonly Feed[];
  readonly fetches: readonly Output[];
  /** Operations that run without a result: assignments. */
  readonly targets: readonly Pointer[];
}

/** Runs parts of a graph; holds the graph's variables. */
export class Session {
  readonly #pointer: Pointer;

  /** With a server that is not there the first run waits for it for ever. */
  constructor(graph: NativeGraph, { workers = [], ...rest }: SessionOptions) {
    const options = call('TF_NewSessionOptions') as Pointer;
    try {
      const [first] = workers;
      if (first !== undefined) call('TF_SetTarget', options, `grpc://${first}`);
      const config = sessionConfig({ workers, ...rest });
      withStatus((status) => {
        call('TF_SetConfig', options, config, config.length, status);
      });
      this.#pointer = withStatus(
        (status) => call('TF_NewSession', graph.pointer, options, status) as Pointer,
      );
    } finally {
      call('TF_DeleteSessionOptions', options);
    }
  }

  /** Runs on the calling thread, after every run that was asked for before. */
  run(request: RunRequest): HostTensor[] {
    waitForRuns();
    const run = new PreparedRun(this.#pointer, request);
    try {
      run.here();
      return run.results();
    } finally {
      run.dispose();
    }
  }

  /** Runs as {@link run} does, and tells when each operation was computed. */
  trace(request: RunRequest): OperationTime[] {
    waitForRuns();
    const options = call('TF_NewBufferFromString', fullTrace, fullTrace.length) as Pointer;
    const metadata = call('TF_NewBuffer') as Pointer;
    const run = new PreparedRun(this.#pointer, request, { options, metadata });
    try {
      run.here();
      // What it wrote is taken, and freed, whether it succeeded or not.
      const times = takeBuffer(metadata);
      run.results();
      return readOperationTimes(times);
    } finally {
      run.dispose();
      call('TF_DeleteBuffer', options);
    }
  }

  /** Runs on a worker thread, after every run that was asked for before; the event loop goes on. */
  runAsync(request: RunRequest): Promise<HostTensor[]> {
    return enqueue(new PreparedRun(this.#pointer, request));
  }

  /** Ends the session, after its runs, and frees its variables. */
  dispose(): void {
    waitForRuns();
    withStatus((status) => {
      call('TF_CloseSession', this.#pointer, status);
    });
    withStatus((status) => {
      call('TF_DeleteSession', this.#pointer, status);
    });
  }
}

interface Asked {
  readonly run: PreparedRun;
  readonly resolve: (results: HostTensor[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** The run that a worker thread has, until the event loop learns of its end. */
let running: PreparedRun | undefined;
/**
 * The runs of all sessions that have not begun, in the order in which they were asked for. One at a
 * time: each takes all cores, and sessions hand variables to each other.
 */
const waiting: Asked[] = [];

function enqueue(run: PreparedRun): Promise<HostTensor[]> {
  return new Promise((resolve, reject) => {
    waiting.push({ run, resolve, reject });
    startNext();
  });
}

function startNext(): void {
  if (running !== undefined) return;
  const next = waiting.shift();
  if (next === undefined) return;
  running = next.run;
  running.onWorker((error) => {
    running = undefined;
    startNext();
    settle(next, error);
  });
}

function settle({ run, resolve, reject }: Asked, error: Error | null): void {
  try {
    if (error !== null) throw error;
    resolve(run.results());
  } catch (cause) {
    reject(cause instanceof Error ? cause : new Error(String(cause)));
  } finally {
    run.dispose();
  }
}

/**
 * Blocks until every run asked for has ended. JavaScript that asks for a variable's value while
 * steps run, or wait for their turn, gets the value after them.
 */
function waitForRuns(): void {
  while (running?.finished === false) Atomics.wait(idle, 0, 0, 0.5);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    next.run.here();
    settle(next, null);
  }
}

const idle = new Int32Array(new SharedArrayBuffer(4));

/** The arrays that TF_SessionRun reads and writes; they must outlive the call. */
class PreparedRun {
  readonly #parameters: readonly unknown[];
  readonly #status = newStatus();
  readonly #inputs: Pointer[];
  readonly #outputs: BigUint64Array;

  /** @param trace what RunOptions are read from, and what RunMetadata are written to */
  constructor(
    session: Pointer,
    request: RunRequest,
    trace?: { readonly options: Pointer; readonly metadata: Pointer },
  ) {
    this.#inputs = request.feeds.map(({ value }) =>
      newTensor(value.dtype, value.shape, value.values),
    );
    this.#outputs = new BigUint64Array(request.fetches.length);
    this.#parameters = [
      session,
      trace?.options ?? null,
      packOutputs(request.feeds.map(({ output }) => output)),
      BigUint64Array.from(this.#inputs, BigInt),
      this.#inputs.length,
      packOutputs(request.fetches),
      this.#outputs,
      this.#outputs.length,
      BigUint64Array.from(request.targets, BigInt),
      request.targets.length,
      trace?.metadata ?? null,
      this.#status,
    ];
  }

  /** Runs on the calling thread. */
  here(): void {
    call('TF_SessionRun', ...this.#parameters);
  }

  onWorker(ended: (error: Error | null) => void): void {
    library()['TF_SessionRun']?.async(...this.#parameters, ended);
  }

  /** TensorFlow writes the results, or a status, as the last thing it does. */
  get finished(): boolean {
    return this.#outputs.some((output) => output !== 0n) || call('TF_GetCode', this.#status) !== 0;
  }

  results(): HostTensor[] {
    throwIfFailed(this.#status);
    return Array.from(this.#outputs, (pointer, i) => {
      this.#outputs[i] = 0n;
      return takeTensor(pointer);
    });
  }

  dispose(): void {
    this.#inputs.forEach(deleteTensor);
    for (const output of this.#outputs) if (output !== 0n) deleteTensor(output);
    deleteStatus(this.#status);
  }
}
