/** `npm run bench -- [R1 R3 peers ..] [--quick] [--compare REV]`: measures, prints, and writes bench/RESULTS.md. */
import { parseArgs } from 'node:util'
import { ensureReady } from '../scripts/setup.mjs'
import { compareWith } from './compare.ts'
import { measureLatencyTax } from './r01_latency_tax.ts'
import { measureProtocolTax } from './r02_protocol_tax.ts'
import { measureThroughput } from './r03_throughput.ts'
import { measureBatcherTax } from './r04_batcher_tax.ts'
import { measureBatchingHonesty } from './r05_batching_honesty.ts'
import { measureScaling } from './r06_scaling.ts'
import { measureOverload } from './r07_overload.ts'
import { measureLiveness } from './r08_liveness.ts'
import { measureThreeBackends } from './r08_three_backends.ts'
import { measureStart } from './r09_start.ts'
import { measurePanelTax } from './r10_panel_tax.ts'
import { measureTelemetryTax } from './r11_telemetry_tax.ts'
import { measureRecovery } from './r12_recovery.ts'
import { measureInt8 } from './r13_int8.ts'
import { measureGatewayTax } from './r14_gateway_tax.ts'
import { measureFaceChain } from './r15_face_chain.ts'
import { measurePeers } from './r17_peers.ts'
import { measureRendererCost } from './r18_renderer_cost.ts'
import { measureIdle } from './r19_idle.ts'
import { measureAttacks } from './r20_attacks.ts'
import { describeMachine } from './harness/machine.ts'
import { describeRow, writeReport } from './harness/report.ts'
import { Harness } from './harness/harness.ts'
import type { Row } from './harness/row.ts'

const MEASURES: Record<string, (harness: Harness) => Promise<Row[]>> = {
  R1: measureLatencyTax,
  R2: measureProtocolTax,
  R3: measureThroughput,
  R4: measureBatcherTax,
  R5: measureBatchingHonesty,
  R6: measureScaling,
  R7: measureOverload,
  R8: async (harness) => [
    ...(await measureLiveness(harness)),
    ...(await measureThreeBackends(harness)),
  ],
  R9: measureStart,
  R10: measurePanelTax,
  R11: measureTelemetryTax,
  R12: measureRecovery,
  R13: measureInt8,
  R14: measureGatewayTax,
  R15: measureFaceChain,
  R17: measurePeers,
  R18: measureRendererCost,
  R19: measureIdle,
  R20: () => measureAttacks(),
}

const { ids, isQuick, revision } = readArguments(process.argv.slice(2))
const machine = describeMachine()
await ensureReady()
const harness = await Harness.open(isQuick)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1))
}
console.log(
  Object.entries(machine)
    .map(([key, value]) => `${key} ${value}`)
    .join(', '),
)
let file: string | null = null
try {
  if (revision !== null) {
    for (const row of await compareWith(harness, revision)) console.log(describeRow(row))
    for (const fault of harness.faults) console.log(`       ${fault}`)
  }
  for (const id of ids) {
    const begunMs = performance.now()
    const rows = (await MEASURES[id]?.(harness)) ?? []
    const faults = harness.faults.splice(0)
    for (const row of rows) console.log(describeRow(row))
    for (const fault of faults) console.log(`       ${fault}`)
    console.log(`       (${((performance.now() - begunMs) / 1000).toFixed(0)} s)`)
    const command = `npm run bench -- ${id}${isQuick ? ' --quick' : ''}`
    // After each, so that a run that is cut short keeps what it measured.
    file = writeReport(machine, id, { date: new Date().toISOString(), command, rows, faults })
  }
} finally {
  await harness.close()
  if (file !== null) console.log(`written: ${file}`)
}

function readArguments(args: string[]): {
  ids: string[]
  isQuick: boolean
  revision: string | null
} {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, compare: { type: 'string' } },
  })
  const wanted = positionals.map((id) => (id === 'peers' ? 'R17' : id.toUpperCase()))
  const unknown = wanted.find((id) => !Object.hasOwn(MEASURES, id))
  if (unknown !== undefined) {
    console.error(`There is no measure "${unknown}"; known: ${Object.keys(MEASURES).join(', ')}.`)
    process.exit(1)
  }
  return {
    ids: wanted.length > 0 ? wanted : values.compare === undefined ? Object.keys(MEASURES) : [],
    isQuick: values.quick === true,
    revision: values.compare ?? null,
  }
}
