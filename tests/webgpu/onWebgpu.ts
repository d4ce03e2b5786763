import { describe } from 'node:test';
import { DeviceUnavailableError, selectDevice } from 'googlenet/runtime';
import { useSwiftShader } from './vulkanDriver';

const NO_ADAPTER =
  "WebGPU finds no adapter: install a GPU's Vulkan driver and libvulkan1, or Debian's package chromium, which brings SwiftShader";

/**
 * Tests on the device webgpu, the only one of their process; skipped, with what to install, on a
 * machine that has no driver for it. Where the environment's REQUIRE_WEBGPU is set, as in CI, they
 * fail there.
 */
export function describeOnWebgpu(title: string, tests: () => void): void {
  describe(title, async () => {
    const software = useSwiftShader();
    try {
      await selectDevice('webgpu');
    } catch (error) {
      if (software || process.env.REQUIRE_WEBGPU || !(error instanceof DeviceUnavailableError))
        throw error;
      describe('webgpu', { skip: NO_ADAPTER });
      return;
    }
    tests();
  });
}
