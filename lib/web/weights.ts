/** A script of its own, so that the page is there before the weights are. */
import weights from 'recorded-run.safetensors';

window.googLeNetWeights = weights;
