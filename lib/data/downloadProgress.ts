import { SingleBar } from 'cli-progress';
import type { ProgressCallback } from './fetchFile';

/** Shows a download until it is stopped. */
export interface DownloadProgress {
  onProgress: ProgressCallback;
  stop(): void;
}

const MEGABYTE = 1e6;

/** A bar where standard error, which it is drawn on, is a terminal; elsewhere a line for every tenth. */
export function downloadProgress(name: string): DownloadProgress {
  return process.stderr.isTTY ? terminalBar(name) : printedTenths(name);
}

function terminalBar(name: string): DownloadProgress {
  const bar = new SingleBar({
    format: `${name} |{bar}| {value}/{total} MB | {percentage} %`,
    gracefulExit: false,
  });
  return {
    onProgress(done, total) {
      const megabytes = Math.floor(done / MEGABYTE);
      if (!bar.isActive) bar.start(0, megabytes);
      // Another source may send another form, of another size.
      bar.setTotal(Math.floor(total / MEGABYTE));
      bar.update(megabytes);
    },
    stop() {
      bar.stop();
    },
  };
}

function printedTenths(name: string): DownloadProgress {
  let tenths = -1;
  return {
    onProgress(done, total) {
      const reached = Math.floor((10 * done) / total);
      if (reached === tenths) return;
      tenths = reached;
      console.log(
        `${name}: ${Math.floor(done / MEGABYTE)} of ${Math.floor(total / MEGABYTE)} MB downloaded`,
      );
    },
    stop: () => undefined,
  };
}
