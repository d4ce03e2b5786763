// @ts-check
import { PROJECT } from './paths.mjs';

/** What Python is told to start JupyterLab in the notebooks' folder. */
export function labArguments() {
  return [
    '-m',
    'jupyterlab',
    // The notebooks' links lead to the library and the data too.
    `--ServerApp.root_dir=${PROJECT}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    '--MultiKernelManager.default_kernel_name=tslab',
    // JupyterLab refuses root, who is the user of most containers.
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
}
