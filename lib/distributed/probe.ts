import { connect, type ClientHttp2Session } from 'node:http2';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** What a TensorFlow server says of itself. */
export interface ServerState {
  /** The name of its job. */
  readonly job: string;
  /** A number that no other start of a server has. */
  readonly incarnation: bigint;
}

/** Why there is no answer. */
export type Silence =
  /** Nothing listens there. */
  | 'refused'
  /** No machine has that name. */
  | 'unknown host'
  /** The machine cannot look up any name. */
  | 'no name service'
  /** Nobody answers in time: the machine is off, a firewall keeps it, or the process hangs. */
  | 'silent'
  /** Something answers that is no server of TensorFlow. */
  | 'other';

export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  constructor(readonly reason: Silence) {
    super(reason);
  }
}

/** A gRPC message of no bytes: not compressed, length 0. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * Asks a TensorFlow server for its state (GetStatus of tensorflow/core/protobuf/worker_service.proto).
 *
 * @param milliseconds how long to wait for the answer
 * @throws NoAnswerError
 */
export async function probe(address: string, milliseconds: number): Promise<ServerState> {
  return readState(await call(address, '/tensorflow.WorkerService/GetStatus', milliseconds));
}

/**
 * Ends all sessions that a TensorFlow server directs, and frees what they hold: those of a client
 * that was killed it keeps for ever (Reset of tensorflow/core/protobuf/master_service.proto). The
 * server answers once all workers of these sessions have; it is not waited for longer than told, and
 * goes on by itself.
 */
export async function endSessions(address: string, milliseconds: number): Promise<void> {
  await call(address, '/tensorflow.MasterService/Reset', milliseconds).catch(() => undefined);
}

/** Sends a message without fields, over a connection of its own. */
async function call(address: string, method: string, milliseconds: number): Promise<Buffer> {
  const client = connect(`http://${address}`);
  try {
    return await ask(client, method, milliseconds);
  } finally {
    client.destroy();
  }
}

function ask(client: ClientHttp2Session, method: string, milliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new NoAnswerError('silent'));
    }, milliseconds);
    const fail = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // A request tells that it was given up, and by its cause why.
      const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
      reject(new NoAnswerError(reasonOf(code)));
    };
    client.on('error', fail);
    const request = client.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let answers = false;
    request.on('error', fail);
    request.on('response', () => (answers = true));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      clearTimeout(timer);
      // A process that is killed closes the connection, without an error of it.
      if (answers) resolve(Buffer.concat(chunks));
      else reject(new NoAnswerError('refused'));
    });
    request.end(EMPTY_MESSAGE);
  });
}

function reasonOf(code: string | undefined): Silence {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'refused';
    case 'ENOTFOUND':
      return 'unknown host';
    case 'EAI_AGAIN':
      return 'no name service';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'silent';
    default:
      return 'other';
  }
}

// Field numbers of GetStatusResponse and of tensorflow/core/framework/device_attributes.proto.
const deviceAttributes = 1;
const deviceName = 1;
const deviceIncarnation = 6;

/** @param answer a gRPC message: five bytes, then a GetStatusResponse */
function readState(answer: Buffer): ServerState {
  try {
    const reader = new BinaryReader(answer.subarray(EMPTY_MESSAGE.length));
    const [field] = reader.tag();
    if (field === deviceAttributes) return readDevice(new BinaryReader(reader.bytes()));
  } catch {
    // Reported below, as an answer without devices is.
  }
  throw new NoAnswerError('other');
}

function readDevice(reader: BinaryReader): ServerState {
  let name = '';
  let incarnation = 0n;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === deviceName) name = reader.string();
    else if (field === deviceIncarnation) incarnation = BigInt(reader.fixed64());
    else reader.skip(wireType);
  }
  return { job: /^\/job:(\w+)/.exec(name)?.[1] ?? '', incarnation };
}
