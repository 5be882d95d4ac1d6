/** R9: from spawn to ready, against the least that Node, the sessions and their warm-up need. */
import { ROOT_DIR } from '../testing/processes.ts'
import { programFile } from './rig/bundle.ts'
import { compareRatio, interleave } from './rig/interleave.ts'
import { format, type Row } from './rig/row.ts'
import type { Rig } from './rig/rig.ts'
import { startEmotion, startServer, type ServerProcess } from './rig/server_process.ts'
import { median } from './rig/statistics.ts'

export async function measureStart(rig: Rig): Promise<Row[]> {
  const timed = async (starting: Promise<ServerProcess>) => {
    const server = await starting
    await server.stop()
    return server.readyMs
  }
  const served = () => timed(startEmotion())
  const bare = () => timed(startServer([programFile('rawStart'), ROOT_DIR]))
  await served()
  await bare()
  const rounds = await interleave(rig.rounds, served, bare)
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
