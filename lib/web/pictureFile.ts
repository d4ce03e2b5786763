import { middleSquare, type Picture } from './networkInput';

/** Pixels of a picture that is taken: decoded they need four bytes each. */
export const LARGEST_PICTURE = 64_000_000;

/** A file is no picture that can be shown to the network. */
export class PictureError extends Error {
  override readonly name = 'PictureError';

  /** @param size of a picture that is too large; without, the file cannot be read as one */
  constructor(readonly size?: { width: number; height: number }) {
    super(size ? `${size.width} × ${size.height} pixels are too many` : 'not a picture');
  }
}

/** A file's picture, decoded. */
export interface DecodedPicture extends Picture {
  /** Draws its middle square, as the network is shown it. */
  drawSquare(canvas: HTMLCanvasElement): void;
  /** Frees its memory. */
  close(): void;
}

/**
 * Decodes a file, whatever kinds of pictures the browser knows; a photograph is turned as its EXIF
 * orientation says, and its colours are sRGB's.
 *
 * @throws PictureError if it is none, is damaged, or has more than {@link LARGEST_PICTURE} pixels
 */
export async function decodePicture(file: Blob): Promise<DecodedPicture> {
  const bitmap = await decode(file);
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(1, 1);
  return {
    width,
    height,
    read(left, top, width, height) {
      canvas.width = width;
      canvas.height = height;
      // In the processor's memory, where it is read; a GPU may round otherwise.
      const context = canvas.getContext('2d', {
        willReadFrequently: true,
      }) as OffscreenCanvasRenderingContext2D;
      // A canvas keeps colours multiplied by their opacity, so it would give transparent ones
      // back rounded: it is white before.
      context.fillStyle = 'white';
      context.fillRect(0, 0, width, height);
      context.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    },
    drawSquare(canvas) {
      const { left, top, side } = middleSquare(bitmap);
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.fillStyle = 'white';
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
    },
    close() {
      bitmap.close();
    },
  };
}

async function decode(file: Blob): Promise<ImageBitmap> {
  const url = URL.createObjectURL(file);
  try {
    // An element knows the size before it decodes a pixel.
    const image = new Image();
    image.src = url;
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    });
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width * height > LARGEST_PICTURE) throw new PictureError({ width, height });
    return await createImageBitmap(image);
  } catch (error) {
    throw error instanceof PictureError ? error : new PictureError();
  } finally {
    URL.revokeObjectURL(url);
  }
}
