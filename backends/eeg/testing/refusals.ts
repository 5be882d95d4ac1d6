/** Errors of readers. */
import { ProtocolError } from '../../../protocol/errors.ts'

/** The ProtocolError that `run` throws; any other outcome fails the test. */
export function refusalOf(run: () => unknown): ProtocolError {
  let outcome: unknown
  try {
    outcome = run()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error(`expected a ProtocolError, got ${typeof outcome}`)
}

/** The result or ProtocolError of `run`; other errors fail the property. */
export function resultOrRefusal<T>(run: () => T): T | ProtocolError {
  try {
    return run()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}
