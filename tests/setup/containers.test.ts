import assert from 'node:assert/strict';
import { accessSync, constants, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { kernelSpec } from '../../lib/setup/kernel.mjs';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';

const read = (...parts: string[]) => readFileSync(path.join(PROJECT, ...parts), 'utf8');

interface DevContainer {
  build: { dockerfile: string };
  updateContentCommand: string;
  customizations: { vscode: { extensions: string[] } };
}

test('containers run the set-up that everyone runs', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  assert.ok(scripts.setup);
  const devContainer = JSON.parse(read('.devcontainer', 'devcontainer.json')) as DevContainer;
  assert.equal(devContainer.updateContentCommand, 'npm run setup');
  assert.match(read('.devcontainer', devContainer.build.dockerfile), /\bg\+\+ .*\bpython3-venv\b/);
  assert.match(read('.binder', 'postBuild'), /^npm run setup$/m);
  for (const script of ['postBuild', 'start'])
    accessSync(path.join(PROJECT, '.binder', script), constants.X_OK);
});

test("VS Code's extensions are told, and Binder's Jupyter finds the kernel", () => {
  const { recommendations } = JSON.parse(read('.vscode', 'extensions.json')) as {
    recommendations: string[];
  };
  const devContainer = JSON.parse(read('.devcontainer', 'devcontainer.json')) as DevContainer;
  assert.deepEqual(devContainer.customizations.vscode.extensions, recommendations);
  const [, data = ''] = /JUPYTER_PATH="\$REPO_DIR\/(.*)"/.exec(read('.binder', 'start')) ?? [];
  assert.equal(path.join(PROJECT, data, 'kernels', 'tslab'), PATHS.kernel);
});

test('the kernel is described as the Jupyter extension of VS Code reads it', () => {
  // It looks in the folder share/jupyter/kernels of each environment of Python, and puts the name of
  // the connection file behind the equals sign.
  assert.equal(PATHS.kernel, path.join(PATHS.venv, 'share', 'jupyter', 'kernels', 'tslab'));
  const { argv, language } = JSON.parse(kernelSpec()) as { argv: string[]; language: string };
  assert.deepEqual(
    argv.filter((argument) => argument.includes('{connection_file}')),
    ['--config-path={connection_file}'],
  );
  const notebook = JSON.parse(read('notebooks', '01-inception-naive.ipynb')) as {
    metadata: { kernelspec: { name: string; language: string } };
  };
  assert.equal(notebook.metadata.kernelspec.language, language);
  assert.equal(notebook.metadata.kernelspec.name, path.basename(PATHS.kernel));
});
