import { sessionConfig } from './config';
import { packOutputs, type NativeGraph, type Output } from './graph';
import { library, type Pointer } from './library';
import { call, deleteStatus, newStatus, throwIfFailed, withStatus } from './status';
import { deleteTensor, newTensor, takeTensor, type HostTensor } from './tensor';

/** One value for one input of a run. */
export interface Feed {
  readonly output: Output;
  readonly value: HostTensor;
}

/** What one run asks for. */
interface RunRequest {
  readonly feeds: readonly Feed[];
  readonly fetches: readonly Output[];
  /** Operations that run without a result: assignments. */
  readonly targets: readonly Pointer[];
}

/** Runs parts of a graph; holds the graph's variables. */
export class Session {
  readonly #pointer: Pointer;
  /** Memory of the run that a worker thread is busy with. */
  #running: PreparedRun | undefined;

  constructor(graph: NativeGraph) {
    const options = call('TF_NewSessionOptions') as Pointer;
    try {
      const config = sessionConfig();
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

  /** Runs on the calling thread, after the run in progress, if there is one, has ended. */
  run(request: RunRequest): HostTensor[] {
    this.wait();
    const run = new PreparedRun(request);
    try {
      call('TF_SessionRun', this.#pointer, ...run.parameters);
      return run.results();
    } finally {
      run.dispose();
    }
  }

  /** Runs on a worker thread; the event loop goes on. One such run at a time. */
  async runAsync(request: RunRequest): Promise<HostTensor[]> {
    if (this.#running !== undefined) throw new Error('a run is in progress on this session');
    const run = new PreparedRun(request);
    this.#running = run;
    try {
      await new Promise<void>((resolve, reject) => {
        const sessionRun = library()['TF_SessionRun'];
        sessionRun?.async(this.#pointer, ...run.parameters, (error: Error | null) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
      return run.results();
    } finally {
      this.#running = undefined;
      run.dispose();
    }
  }

  /**
   * Blocks until the run in progress has ended. JavaScript that asks for a variable's value in the
   * middle of a step gets the value after the step.
   */
  wait(): void {
    while (this.#running?.finished === false) Atomics.wait(idle, 0, 0, 0.5);
  }

  /** Ends the session and frees its variables. */
  dispose(): void {
    this.wait();
    withStatus((status) => {
      call('TF_CloseSession', this.#pointer, status);
    });
    withStatus((status) => {
      call('TF_DeleteSession', this.#pointer, status);
    });
  }
}

const idle = new Int32Array(new SharedArrayBuffer(4));

/** The arrays that TF_SessionRun reads and writes; they must outlive the call. */
class PreparedRun {
  readonly parameters: readonly unknown[];
  readonly #status = newStatus();
  readonly #inputs: Pointer[];
  readonly #outputs: BigUint64Array;

  constructor(request: RunRequest) {
    this.#inputs = request.feeds.map(({ value }) =>
      newTensor(value.dtype, value.shape, value.values),
    );
    this.#outputs = new BigUint64Array(request.fetches.length);
    this.parameters = [
      null, // no RunOptions
      packOutputs(request.feeds.map(({ output }) => output)),
      BigUint64Array.from(this.#inputs, BigInt),
      this.#inputs.length,
      packOutputs(request.fetches),
      this.#outputs,
      this.#outputs.length,
      BigUint64Array.from(request.targets, BigInt),
      request.targets.length,
      null, // no RunMetadata
      this.#status,
    ];
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
