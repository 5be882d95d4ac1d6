/** Loads older log lines page by page until Switchyard's memory is exhausted. */
import type { LogQuery } from '../../protocol/logs.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { ControlError } from '../../protocol/errors.ts'
import { PAGE_LINES, withOlder } from './log_lines.ts'
import { updateLog, useLogs } from './log_store.ts'

/** Lets the page do other work in between. */
const PAUSE_MS = 200
/** More new lines than this per pause count as a flood: followed, the list fills by itself. */
const FLOOD_LINES = 100
const BUSY_MS = 1000

interface OlderLines {
  client: Pick<ControlClient, 'call'>
  query: LogQuery
  isWanted: () => boolean
}

/** Resolves when all lines are loaded or no longer wanted. Rejects on a failed call. */
export async function fillOlder({ client, query, isWanted }: OlderLines): Promise<void> {
  let newest = -1
  for (;;) {
    const { lines, isWhole, following } = useLogs.getState().log
    const { first, last } = lines
    if (isWhole || first === undefined || !isWanted()) return
    const came = newest === -1 ? 0 : (last?.seq ?? newest) - newest
    newest = last?.seq ?? newest
    if (following && came > FLOOD_LINES) {
      await delay(PAUSE_MS)
      continue
    }
    try {
      const page = await client.call('logs.search', {
        query: { ...query, before_seq: first.seq },
        limit: PAGE_LINES,
      })
      if (!isWanted()) return
      updateLog((log) => withOlder(log, page.lines))
      await delay(PAUSE_MS)
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'search_busy') throw error
      await delay(BUSY_MS)
    }
  }
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
