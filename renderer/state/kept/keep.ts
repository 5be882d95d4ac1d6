import { openDatabase } from './database.ts'
import { keepGoldens } from './golden_store.ts'
import { keepRuns } from './kept_runs.ts'
import { errorText } from '../../format/message.ts'

/** `onProblem` receives why nothing is stored. Resolves to a stop function. */
export async function keepTestData(onProblem: (reason: string) => void): Promise<() => void> {
  try {
    const database = await openDatabase()
    const ends = [await keepRuns(database, onProblem), await keepGoldens(database, onProblem)]
    return () => {
      for (const end of ends) end()
      database.close()
    }
  } catch (error) {
    onProblem(errorText(error))
    return () => undefined
  }
}
