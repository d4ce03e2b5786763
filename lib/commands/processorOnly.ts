/**
 * Keeps TensorFlow from a GPU. To be imported before anything that loads TensorFlow: that takes the
 * GPU when it is loaded, unless the environment names another device.
 */
process.env.GOOGLENET_DEVICE = 'cpu';
