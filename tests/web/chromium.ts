import { accessSync, constants } from 'node:fs';
import * as path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium, or another by the name `chromium` on the PATH. */
const CHROMIUM = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'chromium'))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Why tests in a browser are left out; false where they run. */
export const WITHOUT_CHROMIUM =
  CHROMIUM === undefined &&
  process.env.GOOGLENET_REQUIRE_BROWSER !== '1' &&
  'there is no program chromium (Debian: apt install chromium)';

/**
 * Starts Chromium, with WebGL and WebGPU on SwiftShader, a GPU in software.
 * @throws Error where there is none
 */
export async function startChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('There is no program chromium on the PATH.');
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      // Root is the user of most containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}
