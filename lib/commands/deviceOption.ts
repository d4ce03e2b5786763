import { parseArgs } from 'node:util';

/**
 * Puts the command line's --device into the environment. To be imported before anything that loads
 * TensorFlow: that takes the GPU when it is loaded, unless the environment names another device.
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string' },
    workers: { type: 'string' },
    'local-workers': { type: 'string' },
  },
  strict: false,
});
if (typeof values.device === 'string') process.env.GOOGLENET_DEVICE = values.device;
// Workers compute on their processors, and the graph is written for what computes it.
else if (values.workers ?? values['local-workers'] ?? process.env['TF_CONFIG']) {
  process.env.GOOGLENET_DEVICE = 'cpu';
}
