/** Entry of all scripts: checks the Node version, runs the work, and prints expected errors without a stack. */
import { nodeVersionProblem } from './node_version.mjs'
import { SetupError } from './step.mjs'

/** @param {() => Promise<void>} main */
export async function runEntry(main) {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem !== null) {
    console.error(problem)
    process.exit(1)
  }
  try {
    await main()
  } catch (error) {
    // A SetupError is written for users; the stack of any other error is needed.
    console.error(error instanceof SetupError ? error.message : error)
    process.exit(1)
  }
}
