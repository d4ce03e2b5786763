import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { removeUnused } from '../../lib/setup/unused.mjs';

test('source maps and what is for other systems goes, and nothing else', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'packages '));
  try {
    const write = (...files: string[]) => {
      for (const file of files) {
        mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
        writeFileSync(path.join(folder, file), '');
      }
    };
    const kept = [
      'lib/dist/index.js.map',
      'modules/a/index.js',
      'modules/a/linux/index.js',
      'modules/a/world.map',
      'modules/webgpu/dist/linux-x64/dawn.node',
      'modules/webgpu/index.js',
      'modules/zeromq/build/linux/x64/addon.node',
      'modules/zeromq/build/manifest.json',
    ];
    write(...kept);
    write(
      'modules/a/index.d.ts.map',
      'modules/a/node_modules/b/index.cjs.map',
      'modules/webgpu/dist/darwin-universal/dawn.node',
      'modules/webgpu/dist/linux-arm64/dawn.node',
      'modules/webgpu/dist/win32-x64/dawn.node',
      'modules/zeromq/build/win32/x64/addon.node',
    );
    symlinkSync(path.join('..', 'lib'), path.join(folder, 'modules', 'own'));
    removeUnused(path.join(folder, 'modules'), { platform: 'linux', arch: 'x64' });
    const left = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
    assert.deepEqual(left.sort(), kept);
    rmSync(path.join(folder, 'modules', 'webgpu'), { recursive: true });
    removeUnused(path.join(folder, 'modules'), { platform: 'darwin', arch: 'arm64' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
