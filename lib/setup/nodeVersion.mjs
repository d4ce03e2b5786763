// @ts-check

/** The commands that install Node; what Ubuntu's own packages have is too old for years. */
const INSTALL = [
  'apt: curl -fsSL https://deb.nodesource.com/setup_24.x | sudo -E bash - && sudo apt install nodejs',
  'dnf: curl -fsSL https://rpm.nodesource.com/setup_24.x | sudo bash - && sudo dnf install nodejs',
  'brew: brew install node',
].join('; ');

/**
 * @param {string} version
 * @returns {string | undefined} what is wrong with this version of Node, in one sentence
 */
export function nodeProblem(version) {
  const parts = version.split('.');
  const major = Number(parts[0]);
  // What the tools run on: the lines with long-term support.
  if (major >= 24 || major === 22 || (major === 20 && Number(parts[1]) >= 12)) return undefined;
  return `Node ${version} is not supported: install Node 20 (20.12 or later), 22, or 24 or later (${INSTALL}; or https://nodejs.org).`;
}
