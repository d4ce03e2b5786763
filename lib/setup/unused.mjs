// @ts-check
import { existsSync, readdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';

/** Folders of npm packages with a folder of compiled code for each system. */
const COMPILED = [
  ['webgpu', 'dist'],
  ['zeromq', 'build'],
];
const OF_A_SYSTEM = /^(darwin|linux|win32)\b/;
const SOURCE_MAP = /\.([cm]?js|ts|css)\.map$/;

/**
 * Removes of the npm packages what nothing reads here: source maps, and what is compiled for other
 * systems.
 * @param {string} modules folder of the packages; what it links to is left alone
 * @param {{ platform?: string, arch?: string }} [system]
 */
export function removeUnused(modules, { platform = process.platform, arch = process.arch } = {}) {
  const own = [platform, `${platform}-${arch}`, `${platform}-universal`];
  for (const parts of COMPILED) {
    const folder = path.join(modules, ...parts);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      if (OF_A_SYSTEM.test(name) && !own.includes(name))
        rmSync(path.join(folder, name), { recursive: true });
    }
  }
  removeSourceMaps(modules);
}

/** @param {string} folder */
function removeSourceMaps(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) removeSourceMaps(file);
    else if (entry.isFile() && SOURCE_MAP.test(entry.name)) rmSync(file);
  }
}
