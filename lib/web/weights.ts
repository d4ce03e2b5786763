/** A script of its own, so that the page is there before the weights are. */
import weights from 'recipe.safetensors';

window.googLeNetWeights = weights;
