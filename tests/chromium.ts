import { accessSync, constants } from 'node:fs';
import * as path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** The first of these programs on the PATH. */
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) =>
    (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name)),
  )
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/**
 * Why tests in a browser are left out; false where they run. Where the environment's REQUIRE_BROWSER
 * is set, as in CI, they run, and fail without one.
 */
export const WITHOUT_CHROMIUM =
  CHROMIUM === undefined &&
  !process.env.REQUIRE_BROWSER &&
  'there is no Chromium (Debian: apt install chromium)';

/**
 * Starts Chromium, with WebGL and WebGPU on SwiftShader, a GPU in software.
 * @throws Error where there is none
 */
export async function startChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('There is no Chromium on the PATH.');
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
