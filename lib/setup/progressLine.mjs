// @ts-check

const SECONDS_BETWEEN_LINES = 15;

/**
 * Shows that something goes on: a line that changes every second in a terminal, a line now and then
 * elsewhere.
 * @param {() => string} progress how far it is, beside the seconds
 * @returns {() => void} ends it
 */
export function showProgressLine(progress) {
  const terminal = process.stderr.isTTY;
  const start = Date.now();
  let lines = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - start) / 1000);
    const line = `    ${[`${seconds} s`, progress()].filter(Boolean).join(', ')}`;
    if (terminal) {
      process.stderr.write(`\r\x1b[K${line}`);
    } else if (seconds >= (lines + 1) * SECONDS_BETWEEN_LINES) {
      lines++;
      console.error(line);
    }
  }, 1000);
  return () => {
    clearInterval(timer);
    if (terminal) process.stderr.write('\r\x1b[K');
  };
}
