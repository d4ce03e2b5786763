import { WireType, type BinaryWriter } from '@bufbuild/protobuf/wire';

// Field numbers of tensorflow/core/protobuf/cluster.proto.
const job = 1;
const jobName = 1;
const jobTasks = 2;
// Of an entry of a map.
const key = 1;
const value = 2;

/** Writes a ClusterDef as a field of another message: for each job the `host:port` of its tasks. */
export function writeCluster(
  writer: BinaryWriter,
  field: number,
  jobs: Readonly<Record<string, readonly string[]>>,
): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  for (const [name, tasks] of Object.entries(jobs)) {
    writer.tag(job, WireType.LengthDelimited).fork();
    writer.tag(jobName, WireType.LengthDelimited).string(name);
    tasks.forEach((address, index) => {
      writer.tag(jobTasks, WireType.LengthDelimited).fork();
      writer.tag(key, WireType.Varint).int32(index);
      writer.tag(value, WireType.LengthDelimited).string(address).join();
    });
    writer.join();
  }
  writer.join();
}
