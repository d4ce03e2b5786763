import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import { tf } from '../runtime';

/** The backends of TensorFlow.js in a browser, the fastest first, as a reader knows them. */
export const BACKENDS = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WebAssembly' } as const;

export type Backend = keyof typeof BACKENDS;

/** What renderers that compute on the processor call themselves: WebAssembly is faster there. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/**
 * Selects a backend, and makes with it what is to run on it.
 *
 * @param wanted the only backend to try; left out, each in turn, those on a software renderer left out
 * @param make throws where the backend does not work after all
 * @throws Error if none works, with the last reason
 */
export async function withBackend<Made>(
  wanted: Backend | undefined,
  make: () => Promise<Made>,
): Promise<{ backend: Backend; made: Made }> {
  // The network is small: threads, which a page gets from a server that sends certain headers, do
  // without the third. It has to be named.
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': '',
  });
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.env().set('SOFTWARE_WEBGL_ENABLED', wanted === 'webgl');
  const candidates = wanted ? [wanted] : (Object.keys(BACKENDS) as Backend[]);
  let reason: unknown;
  for (const backend of candidates) {
    try {
      const renderer = await RENDERERS[backend]();
      if (renderer === undefined || (!wanted && SOFTWARE.test(renderer))) continue;
      if (!(await tf.setBackend(backend))) continue;
      // Elsewhere, as on many phones, textures have half the digits.
      if (backend === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE')) continue;
      return { backend, made: await make() };
    } catch (error) {
      reason = error;
    }
  }
  throw new Error('No backend of TensorFlow.js works here.', { cause: reason });
}

/** What would compute, by its own name; undefined where there is nothing. */
const RENDERERS: Record<Backend, () => Promise<string | undefined> | string | undefined> = {
  async webgpu() {
    // Not there on a page without encryption, nor in every browser.
    const gpu = navigator.gpu as GPU | undefined;
    const adapter = await gpu?.requestAdapter();
    if (!adapter) return undefined;
    const { vendor, architecture, device, description } = adapter.info;
    return [vendor, architecture, device, description].join(' ');
  },
  webgl() {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
    if (!gl) return undefined;
    const { UNMASKED_RENDERER_WEBGL = gl.RENDERER } =
      gl.getExtension('WEBGL_debug_renderer_info') ?? {};
    return String(gl.getParameter(UNMASKED_RENDERER_WEBGL));
  },
  wasm: () => 'WebAssembly',
};
