import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The machine's Chromium, or undefined where there is none. */
export const CHROMIUM = PLACES.find((file) => existsSync(file));

/**
 * Why tests that need a browser are skipped; false where there is one. Where the environment's
 * REQUIRE_BROWSER is set, as in CI, they run, and fail without it.
 */
export const NO_BROWSER =
  CHROMIUM === undefined &&
  !process.env['REQUIRE_BROWSER'] &&
  "there is no Chromium: install Debian's package chromium";
