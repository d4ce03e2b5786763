import { SingleBar } from 'cli-progress';
import { duration, epochLine, type TrainingListener } from '../training';

/**
 * Shows a run in the terminal: a bar for the epoch under way (where the output is a terminal,
 * not a file) and the lecture's line for each finished one.
 */
export function terminalProgress(): TrainingListener {
  const bar = new SingleBar({
    format:
      'epoch {epoch} |{bar}| {value}/{total} | {rate} images/s | {left} left | loss {loss}, accuracy {accuracy}',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
    gracefulExit: false,
  });
  const print = (line: string) => {
    bar.stop();
    console.log(line);
  };
  return {
    onMessage: print,
    onStep({ epoch, batch, batches, imagesPerSecond, secondsLeft, loss, accuracy }) {
      const payload = {
        epoch,
        rate: Number.isNaN(imagesPerSecond) ? '?' : imagesPerSecond.toFixed(0),
        left: duration(secondsLeft),
        loss: loss.toFixed(4),
        accuracy: accuracy.toFixed(4),
      };
      if (!bar.isActive) bar.start(batches, batch, payload);
      bar.update(batch, payload);
    },
    onEpoch(metrics) {
      print(epochLine(metrics));
    },
    onEnd() {
      bar.stop();
    },
  };
}
