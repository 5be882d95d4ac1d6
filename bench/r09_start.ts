/** R9: spawn to ready, against the minimum of Node, sessions and warm-up. */
import { ROOT_DIR } from '../testing/processes.ts'
import { programFile } from './harness/bundle.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'
import { startEmotion, startServer, type ServerProcess } from './harness/server_process.ts'
import { median } from './harness/statistics.ts'

export async function measureStart(harness: Harness): Promise<Row[]> {
  const timed = async (starting: Promise<ServerProcess>) => {
    const server = await starting
    await server.stop()
    return server.readyMs
  }
  const served = () => timed(startEmotion())
  const bare = () => timed(startServer([programFile('rawStart'), ROOT_DIR]))
  await served()
  await bare()
  const rounds = await interleave(harness.rounds, served, bare)
  const same = (ms: number) => ms
  const { value, spread, noise } = compareRatio(rounds, same, same)
  const ms = (side: 'a' | 'b') => format(median(rounds.flatMap((round) => round[side])))
  return [
    {
      id: 'R9',
      measure: 'start',
      definition:
        'spawn to ready / (bare Node boot + session create + warm-up of every batch bucket)',
      value,
      unit: '',
      spread,
      noise: noise * value,
      gate: { atMost: 1.2 },
      notes: [`served ${ms('a')} ms, bare ${ms('b')} ms; files are in the page cache`],
    },
  ]
}
