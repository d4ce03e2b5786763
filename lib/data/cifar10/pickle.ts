/** What a pickle names or makes: inert, never called. */
export class PickledCall {
  state: unknown;

  constructor(
    /** `module name`, as in the pickle. */
    readonly callable: unknown,
    readonly args: unknown,
  ) {}
}

/** Every opcode of every protocol, as pickletools.py names them: its byte before its name, … */
const ASCII_OPCODES =
  '(MARK )EMPTY_TUPLE .STOP 0POP 1POP_MARK 2DUP BBINBYTES CSHORT_BINBYTES FFLOAT GBINFLOAT ' +
  'IINT JBININT KBININT1 LLONG MBININT2 NNONE PPERSID QBINPERSID RREDUCE SSTRING TBINSTRING ' +
  'USHORT_BINSTRING VUNICODE XBINUNICODE ]EMPTY_LIST aAPPEND bBUILD cGLOBAL dDICT eAPPENDS ' +
  'gGET hBINGET iINST jLONG_BINGET lLIST oOBJ pPUT qBINPUT rLONG_BINPUT sSETITEM tTUPLE ' +
  'uSETITEMS }EMPTY_DICT';
/** … and from 0x80 on, in order. */
const HIGH_OPCODES =
  'PROTO NEWOBJ EXT1 EXT2 EXT4 TUPLE1 TUPLE2 TUPLE3 NEWTRUE NEWFALSE LONG1 LONG4 ' +
  'SHORT_BINUNICODE BINUNICODE8 BINBYTES8 EMPTY_SET ADDITEMS FROZENSET NEWOBJ_EX STACK_GLOBAL ' +
  'MEMOIZE FRAME BYTEARRAY8 NEXT_BUFFER READONLY_BUFFER';

const OPCODES = new Map([
  ...ASCII_OPCODES.split(' ').map((entry) => [entry.charCodeAt(0), entry.slice(1)] as const),
  ...HIGH_OPCODES.split(' ').map((name, index) => [0x80 + index, name] as const),
]);

/** The array of NumPy, as it is pickled; every other name of Python is refused. */
const NAMES = ['numpy.core.multiarray _reconstruct', 'numpy ndarray', 'numpy dtype'];

const MARK = Symbol('mark');

/**
 * Reads a pickle of protocol 2 as Python 2 writes it, of the opcodes that CIFAR-10's batches use
 * (https://github.com/python/cpython/blob/main/Lib/pickletools.py). Nothing is called: a call in
 * the pickle becomes a {@link PickledCall}.
 *
 * @returns a string of Python 2 as a Buffer, a dictionary as a Map (its keys as text), a list or
 *   tuple as an array
 * @throws Error for every other opcode or name, by name, and for a pickle that is cut short
 */
export function unpickle(bytes: Buffer): unknown {
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let position = 0;

  const take = (count: number): Buffer => {
    if (position + count > bytes.length) throw new Error('the pickle is cut short');
    position += count;
    return bytes.subarray(position - count, position);
  };
  const line = (): string => {
    const end = bytes.indexOf(0x0a, position);
    if (end < 0) throw new Error('the pickle is cut short');
    const text = take(end - position).toString('latin1');
    position++;
    return text;
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw new Error('the pickle takes what it did not put there');
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw new Error('the pickle takes what it did not put there');
    return stack.splice(mark).slice(1);
  };
  const popMany = (count: number): unknown[] =>
    Array.from({ length: count }, () => pop()).reverse();
  const remembered = (index: number): unknown => {
    if (!memo.has(index)) throw new Error('the pickle takes what it did not put there');
    return memo.get(index);
  };
  const append = (items: readonly unknown[]) => {
    const list = stack.at(-1);
    if (!Array.isArray(list)) throw new Error('the pickle appends to what is no list');
    for (const item of items) list.push(item);
  };
  const setItems = (items: readonly unknown[]) => {
    const dictionary = stack.at(-1);
    if (!(dictionary instanceof Map)) throw new Error('the pickle fills what is no dictionary');
    for (let index = 0; index < items.length; index += 2) {
      dictionary.set(String(items[index]), items[index + 1]);
    }
  };

  for (;;) {
    const code = take(1).readUInt8();
    const opcode = OPCODES.get(code) ?? `0x${code.toString(16).padStart(2, '0')}`;
    switch (opcode) {
      case 'PROTO':
        take(1);
        break;
      case 'MARK':
        stack.push(MARK);
        break;
      case 'STOP':
        return pop();
      case 'EMPTY_DICT':
        stack.push(new Map());
        break;
      case 'EMPTY_LIST':
        stack.push([]);
        break;
      case 'BINPUT':
        memo.set(take(1).readUInt8(), stack.at(-1));
        break;
      case 'LONG_BINPUT':
        memo.set(take(4).readUInt32LE(), stack.at(-1));
        break;
      case 'BINGET':
        stack.push(remembered(take(1).readUInt8()));
        break;
      case 'LONG_BINGET':
        stack.push(remembered(take(4).readUInt32LE()));
        break;
      case 'SHORT_BINSTRING':
        stack.push(take(take(1).readUInt8()));
        break;
      case 'BINSTRING':
        stack.push(take(take(4).readUInt32LE()));
        break;
      case 'BININT':
        stack.push(take(4).readInt32LE());
        break;
      case 'BININT1':
        stack.push(take(1).readUInt8());
        break;
      case 'BININT2':
        stack.push(take(2).readUInt16LE());
        break;
      case 'NONE':
        stack.push(null);
        break;
      case 'NEWTRUE':
      case 'NEWFALSE':
        stack.push(opcode === 'NEWTRUE');
        break;
      case 'TUPLE':
        stack.push(popToMark());
        break;
      case 'TUPLE1':
      case 'TUPLE2':
      case 'TUPLE3':
        stack.push(popMany(Number(opcode.at(-1))));
        break;
      case 'APPEND':
        append([pop()]);
        break;
      case 'APPENDS':
        append(popToMark());
        break;
      case 'SETITEM':
        setItems(popMany(2));
        break;
      case 'SETITEMS':
        setItems(popToMark());
        break;
      case 'GLOBAL': {
        const name = `${line()} ${line()}`;
        if (!NAMES.includes(name)) {
          throw new Error(`the pickle asks for ${name.replace(' ', '.')}, which no image needs`);
        }
        stack.push(name);
        break;
      }
      case 'REDUCE': {
        const args = pop();
        stack.push(new PickledCall(pop(), args));
        break;
      }
      case 'BUILD': {
        const state = pop();
        const call = stack.at(-1);
        if (!(call instanceof PickledCall)) throw new Error('the pickle fills what is no array');
        call.state = state;
        break;
      }
      default:
        throw new Error(
          `the pickle has the opcode ${opcode} at byte ${position - 1}, which CIFAR-10's own files do not have`,
        );
    }
  }
}
