import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeCluster } from './cluster';
import type { Pointer } from './library';
import { call, withStatus } from './status';

// Field numbers of tensorflow/core/protobuf/tensorflow_server.proto and config.proto.
const cluster = 1;
const jobName = 2;
const taskIndex = 3;
const defaultSessionConfig = 4;
const protocol = 5;
const intraOpParallelismThreads = 2;
const interOpParallelismThreads = 5;

export interface ServerOptions {
  readonly port: number;
  /** What the server calls its one job, which whoever asks it is told. */
  readonly job: string;
  /** Threads of an operation, and operations at a time; default all processors. */
  readonly threads?: number | undefined;
}

/**
 * Starts TensorFlow's own server in this process, for sessions of other processes. It listens on all
 * of the machine's addresses, asks nobody who they are, and ends with the process.
 *
 * @throws TensorFlowError where the port is in use
 */
export function startServer({ port, job, threads }: ServerOptions): void {
  const server = new BinaryWriter();
  writeCluster(server, cluster, { [job]: [`localhost:${port}`] });
  server.tag(jobName, WireType.LengthDelimited).string(job);
  server.tag(taskIndex, WireType.Varint).int32(0);
  if (threads !== undefined) {
    server.tag(defaultSessionConfig, WireType.LengthDelimited).fork();
    server.tag(intraOpParallelismThreads, WireType.Varint).int32(threads);
    server.tag(interOpParallelismThreads, WireType.Varint).int32(threads).join();
  }
  server.tag(protocol, WireType.LengthDelimited).string('grpc');
  const definition = server.finish();
  const started = withStatus(
    (status) => call('TF_NewServer', definition, definition.length, status) as Pointer,
  );
  withStatus((status) => {
    call('TF_ServerStart', started, status);
  });
}
