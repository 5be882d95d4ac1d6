/** How each program of build/ begins and fails: the Node version first, then the work, and a sentence instead of a stack. */
import { nodeVersionProblem } from './node_version.mjs'
import { SetupError } from './step.mjs'

/**
 * @param {() => Promise<void>} main
 * @returns {Promise<void>}
 */
export async function runEntry(main) {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem !== null) {
    console.error(problem)
    process.exit(1)
  }
  try {
    await main()
  } catch (error) {
    // A SetupError is written for people; anything else is a bug, and its stack is wanted.
    console.error(error instanceof SetupError ? error.message : error)
    process.exit(1)
  }
}
