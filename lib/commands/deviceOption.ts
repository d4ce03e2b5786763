import { parseArgs } from 'node:util';

/**
 * Puts the command line's --device into the environment. To be imported before anything that loads
 * TensorFlow: that takes the GPU when it is loaded, unless the environment names another device.
 */
const { values } = parseArgs({ options: { device: { type: 'string' } }, strict: false });
if (typeof values.device === 'string') process.env.GOOGLENET_DEVICE = values.device;
