// @ts-check
import { Problem } from './problem.mjs';

/**
 * What a failed program's output shows to be wrong, and what to do, in a sentence each.
 * @type {readonly [sign: RegExp, advice: string][]}
 */
const CAUSES = [
  [/ENOSPC|No space left on device|Disk quota exceeded/i, 'The disk is full: free some space.'],
  [
    /DO NOT MATCH THE HASHES|EINTEGRITY/,
    'What was downloaded is not what the project has pinned: try again, and if it stays so, ask whoever runs your network or package mirror.',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)|CERTIFICATE_VERIFY_FAILED/,
    "Your network shows a certificate of its own: name its authority's file in NODE_EXTRA_CA_CERTS and PIP_CERT.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|NameResolutionError|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError|Connection (?:reset|refused|aborted)/i,
    'The package registry cannot be reached: check the network and the proxy settings.',
  ],
  [
    /No matching distribution/i,
    'No package is ready-made for this Python on this system: use Python 3.10 to 3.14, and see that your package mirror is complete.',
  ],
  [
    /EACCES|EROFS|EPERM|Permission denied|Read-only file system/i,
    'The project must lie in a folder that you may write to.',
  ],
  [
    /Killed signal|Out of memory|Cannot allocate memory/i,
    'The memory ran out: close other programs.',
  ],
];

/**
 * @param {string} output a failed program's, or an error's message
 * @returns {string | undefined} what to do, where it is known
 */
export function explain(output) {
  return CAUSES.find(([sign]) => sign.test(output))?.[1];
}

/**
 * What to tell the user of an error: its message, and what to do.
 * @param {unknown} error
 * @returns {string | undefined} undefined where nothing is known that the user could mend
 */
export function explainError(error) {
  const { message } = /** @type {Error} */ (error);
  if (error instanceof Problem) return message;
  const advice = explain(message);
  return advice && `${message}\n${advice}`;
}
