import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { Picture } from '../../lib/web/networkInput';

/** Pixels as pngjs has them: red, green, blue and opacity, row by row. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

export function pictureOf({ width, height, data }: Pixels): Picture {
  return {
    width,
    height,
    read(left, top, columns, rows) {
      const part = new Uint8Array(columns * rows * 4);
      for (let row = 0; row < rows; row++) {
        const begin = ((top + row) * width + left) * 4;
        part.set(data.subarray(begin, begin + columns * 4), row * columns * 4);
      }
      return part;
    },
  };
}

/** A PNG of waves in three colours; `opacity` of each pixel, 0 to 255. */
export function wavesPng(
  width: number,
  height: number,
  opacity: (x: number, y: number) => number = () => 255,
): Buffer {
  const png = new PNG({ width, height });
  const wave = (phase: number) => Math.round(127.5 + 127.5 * Math.sin(phase));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colours = [wave(x / 9), wave(y / 7 + 1), wave((x + y) / 13 + 2), opacity(x, y)];
      png.data.set(colours, (y * width + x) * 4);
    }
  }
  return PNG.sync.write(png);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = (CRC_TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([length, body, check]);
}

/** A black PNG with a bit for each pixel: few bytes for many of them. */
export function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A JPEG with the EXIF orientation that a phone writes, 1 to 8. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  // TIFF, big-endian: one entry, tag 0x0112, type SHORT, count 1.
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]);
}
