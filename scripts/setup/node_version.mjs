/** The oldest supported Node. Runs in any Node with ESM, so that an old one gets a message instead of a stack. */

/** The same as `engines` in package.json; a test compares them. */
export const NODE_VERSION_MIN = '20.19.0'

/**
 * Why this Node cannot be used; null if it can.
 * @param {string} version such as `20.19.0`
 * @returns {string | null}
 */
export function nodeVersionProblem(version) {
  if (compareVersions(version, NODE_VERSION_MIN) >= 0) return null
  return (
    `Switchyard needs Node ${NODE_VERSION_MIN} or newer; this is Node ${version}. ` +
    'Install a current Node from https://nodejs.org and run the command again.'
  )
}

/** @param {string} left @param {string} right */
function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) =>
    version.split('.').map((part) => parseInt(part, 10)),
  )
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
