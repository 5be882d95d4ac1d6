/** R12: kill -9 under Switchyard: recovery time, and whether every request got a reply. */
import { programFile } from './harness/bundle.ts'
import { openPanel, type Panel } from './harness/panel.ts'
import type { LoadCommands } from './harness/load_plan.ts'
import { Remote } from './harness/remote.ts'
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'
import { median, rangeOf } from './harness/statistics.ts'

const CLIENTS = 8
/** Load on both sides of the kill. */
const BEFORE_KILL_MS = 800
const LOAD_MS = 2000

export async function measureRecovery(harness: Harness): Promise<Row[]> {
  const panel = await openPanel()
  const recoveries: Recovery[] = []
  let lost = 0
  const refusals: Record<string, number> = {}
  try {
    for (let round = 0; round < harness.rounds; round++) recoveries.push(await recover(panel))
    for (let round = 0; round < Math.ceil(harness.rounds / 2); round++) {
      const report = await killUnderLoad(harness, panel)
      lost += report.lost
      for (const [code, count] of Object.entries(report.errors)) {
        refusals[code] = (refusals[code] ?? 0) + count
      }
    }
  } finally {
    await panel.close()
  }
  const ratio = (of: (one: Recovery) => number) => recoveries.map((one) => of(one) / one.coldMs)
  const whole = ratio(({ recoveryMs }) => recoveryMs)
  const withoutWait = ratio(({ recoveryMs, waitMs }) => recoveryMs - waitMs)
  const ms = (of: (one: Recovery) => number) => format(median(recoveries.map(of)))
  return [
    {
      id: 'R12',
      measure: 'recovery',
      definition: 'kill -9 to ready / cold start; without the wait of reconnect_interval',
      value: median(withoutWait),
      unit: '',
      spread: rangeOf(withoutWait),
      gate: { atMost: 1.3 },
      notes: [
        `cold ${ms(({ coldMs }) => coldMs)} ms, recovery ${ms(({ recoveryMs }) => recoveryMs)} ms of which ${ms(({ waitMs }) => waitMs)} ms wait`,
      ],
    },
    {
      id: 'R12',
      measure: 'recovery, with the wait',
      definition: 'the same with the wait (reconnect_interval 0.1 s, halved by jitter at most)',
      value: median(whole),
      unit: '',
      spread: rangeOf(whole),
      gate: { atMost: 1.3 },
      notes: [],
    },
    {
      id: 'R12',
      measure: 'recovery: requests lost',
      definition: `requests without an answer or an error reply, ${CLIENTS} clients through the gateway`,
      value: lost,
      unit: 'requests',
      gate: { atMost: 0 },
      notes: [
        `error replies: ${
          Object.entries(refusals)
            .map(([code, count]) => `${count} ${code}`)
            .join(', ') || 'none'
        }`,
      ],
    },
  ]
}

interface Recovery {
  /** From spawn to ready. */
  coldMs: number
  /** From the kill to ready. */
  recoveryMs: number
  /** Of it, from the kill to the next spawn. */
  waitMs: number
}

/** A cold start, a kill, and the recovery, by Switchyard's clock. */
async function recover(panel: Panel): Promise<Recovery> {
  await panel.stop()
  await panel.start()
  const cold = await panel.ready()
  const killedAt = Date.now()
  process.kill(cold.pid, 'SIGKILL')
  const again = await panel.ready(cold.pid)
  return {
    coldMs: cold.readyAt - cold.spawnedAt,
    recoveryMs: again.readyAt - killedAt,
    waitMs: again.spawnedAt - killedAt,
  }
}

async function killUnderLoad(harness: Harness, panel: Panel) {
  await panel.stop()
  await panel.start()
  const { pid } = await panel.ready()
  // A separate generator: its connections survive the crash.
  const load = new Remote<LoadCommands>(programFile('load'))
  try {
    const running = load.call('closed', {
      target: harness.target(panel.gatewayUrl),
      clients: CLIENTS,
      windowMs: LOAD_MS,
      warmUp: null,
    })
    await new Promise((resolve) => setTimeout(resolve, BEFORE_KILL_MS))
    process.kill(pid, 'SIGKILL')
    const report = await running
    await panel.ready(pid)
    return report
  } finally {
    await load.close()
  }
}
