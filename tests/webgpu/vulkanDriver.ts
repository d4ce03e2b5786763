import { existsSync } from 'node:fs';
import * as path from 'node:path';
import koffi from 'koffi';

/** Where Debian's package chromium and Google's Chrome have SwiftShader, a Vulkan GPU in software. */
const BROWSERS = ['/usr/lib/chromium', '/opt/google/chrome'];

/** For as long as the process lives: a library that nobody refers to is unloaded. */
const libraries = new Set<object>();

/**
 * Gives Vulkan a browser's SwiftShader where one is installed, so that tests of WebGPU compute
 * alike with and without a GPU. Call it before WebGPU is used.
 *
 * @returns false where there is none, or where the environment names another driver; WebGPU then
 *   takes what it finds
 */
export function useSwiftShader(): boolean {
  const driver = (browser: string) => path.join(browser, 'vk_swiftshader_icd.json');
  const browser = BROWSERS.find((directory) => existsSync(driver(directory)));
  if (browser === undefined || process.env.VK_DRIVER_FILES) return false;
  process.env.VK_DRIVER_FILES = driver(browser);
  // Vulkan's own library is the browser's too. Dawn asks for it by name, and so finds it loaded.
  libraries.add(koffi.load(path.join(browser, 'libvulkan.so.1')));
  return true;
}
