import { createServer, type AddressInfo } from 'node:net';
import { startServer } from 'googlenet/graph';

/** Ports that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, () => {
            resolve(server);
          });
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** TensorFlow's servers in this process, which end with it. */
export async function serversHere(count: number): Promise<string[]> {
  const ports = await freePorts(count);
  for (const port of ports) startServer({ port, job: 'test', threads: 1 });
  return ports.map((port) => `localhost:${port}`);
}
