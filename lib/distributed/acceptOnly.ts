import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';

// asm-generic/socket.h, linux/filter.h
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
/** Added to an offset it counts from the network header, not from TCP's. */
const NETWORK = 0xfff00000;
const LOAD_BYTE = 0x30;
const LOAD_WORD = 0x20;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

/**
 * Has the kernel drop what comes to a listening port of this process and is not addressed to this
 * machine itself (127.0.0.0/8, ::1), or to the given address. TensorFlow's server listens on all
 * addresses, and has no setting for it.
 *
 * @param address IPv4, of one of the machine's interfaces
 * @throws Error where the system is not Linux, or refuses, or the process does not listen there
 */
export function acceptOnly(port: number, address?: string): void {
  if (process.platform !== 'linux') throw new Error('only Linux can keep a port to an address');
  const filter = program(address);
  const setsockopt = koffi
    .load(null)
    .func('int setsockopt(int socket, int level, int option, void *value, uint32_t length)');
  const header = Buffer.alloc(16); // struct sock_fprog
  header.writeUInt16LE(filter.length / INSTRUCTION, 0);
  header.writeBigUInt64LE(koffi.address(filter), 8);
  const descriptors = listening(port);
  if (descriptors.length === 0) throw new Error(`nothing listens on port ${port} in this process`);
  for (const descriptor of descriptors) {
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length) === 0) continue;
    throw new Error(`the port could not be kept to an address (error ${koffi.errno()})`);
  }
}

/** Bytes of a struct sock_filter. */
const INSTRUCTION = 8;

/** In the language of the kernel's packet filters: all bytes of a packet that is let through, or none. */
function program(address: string | undefined): Buffer {
  const word = (text: string) =>
    text.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  type Instruction = readonly [code: number, then: number, otherwise: number, operand: number];
  const load = (offset: number): Instruction => [LOAD_WORD, 0, 0, NETWORK + offset];
  const instructions: Instruction[] = [
    [LOAD_BYTE, 0, 0, NETWORK],
    [AND, 0, 0, 0xf0],
    [JUMP_IF_EQUAL, 0, 4, 0x40], // IPv6: five on
    load(16),
    [JUMP_IF_EQUAL, 10, 0, word(address ?? '127.0.0.1')],
    [AND, 0, 0, 0xff000000],
    [JUMP_IF_EQUAL, 8, 9, word('127.0.0.0')],
    load(24),
    [JUMP_IF_EQUAL, 0, 7, 0],
    load(28),
    [JUMP_IF_EQUAL, 0, 5, 0],
    load(32),
    [JUMP_IF_EQUAL, 0, 3, 0],
    load(36),
    [JUMP_IF_EQUAL, 0, 1, 1],
    [RETURN, 0, 0, 0xffffffff],
    [RETURN, 0, 0, 0],
  ];
  const bytes = Buffer.alloc(instructions.length * INSTRUCTION);
  instructions.forEach(([code, then, otherwise, operand], i) => {
    bytes.writeUInt16LE(code, i * INSTRUCTION);
    bytes.writeUInt8(then, i * INSTRUCTION + 2);
    bytes.writeUInt8(otherwise, i * INSTRUCTION + 3);
    bytes.writeUInt32LE(operand, i * INSTRUCTION + 4);
  });
  return bytes;
}

/** The descriptors of this process's sockets that listen on the port. */
function listening(port: number): number[] {
  const LISTEN = '0A';
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set(
    ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/self/net/${table}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, , state]) => state === LISTEN && local?.endsWith(`:${hexadecimal}`))
        .map((columns) => `socket:[${columns[9]}]`),
    ),
  );
  return readdirSync('/proc/self/fd')
    .filter((descriptor) => sockets.has(targetOf(descriptor)))
    .map(Number);
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ''; // Closed meanwhile, as that of the folder's listing is.
  }
}
