// @ts-check

const LEAST_NODE = 20;

/**
 * @param {string} version
 * @returns {string | undefined} what is wrong with this version of Node, in one sentence
 */
export function nodeProblem(version) {
  if (Number(version.split('.')[0]) >= LEAST_NODE) return undefined;
  return `Node ${version} is too old: install Node ${LEAST_NODE} or later (https://nodejs.org).`;
}
