import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine, whose behaviour each test sets. */
export interface FileServer {
  /** With the slash at its end. */
  base: string;
  respond: Respond;
  requests: IncomingMessage[];
  close(): void;
}

export async function startServer(): Promise<FileServer> {
  const server = createServer((request, response) => {
    fileServer.requests.push(request);
    fileServer.respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fileServer: FileServer = {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    respond: (_, response) => response.writeHead(404).end(),
    requests: [],
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return fileServer;
}

/** As a web server does: from the byte asked for. */
export function serve(bytes: Buffer): Respond {
  return (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0) {
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-range': range });
    }
    response.end(bytes.subarray(from));
  };
}

/** The first bytes, and then silence. */
export function stall(bytes: Buffer, count: number): Respond {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, count));
  };
}

/** The first bytes, and then the end of the connection. */
export function cut(bytes: Buffer, count: number): Respond {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 50));
  };
}
