/** For end-to-end tests: twelve backends in every state, with the longest possible names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BACKEND_NAME_LENGTH_MAX } from '../protocol/config.ts'
import { startExternalBackend } from '../testing/external_backend.ts'
import { freePort } from '../testing/processes.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { startSwitchyard, type Switchyard } from './switchyard.ts'

/** Names of maximum length that differ in their first letters. */
const nameOf = (start: string) =>
  `${start}-of-the-production-cabin-monitoring-system`.slice(0, BACKEND_NAME_LENGTH_MAX)

/** Serves a tiny model on two ports, so that it has real metrics. */
export const READY = nameOf('gaze')
export const FAILED = nameOf('smoke')
const STARTING = nameOf('posture')
const OFF = nameOf('seatbelt')
const UNREACHABLE = nameOf('remote')
const EXTERNAL = ['age', 'blink', 'drowsiness', 'hands', 'pulse', 'speech', 'yawning'].map(nameOf)

/** The pong of an external backend, with the widest values. */
const PONG = {
  type: 'pong',
  status: 'healthy',
  model_loaded: true,
  provider: 'TensorRT',
  pid: 4_194_303,
  in_flight: 128,
  queue_depth: 120,
  uptime_s: 90_000,
  memory: { rss_bytes: 33_554_432_000 },
  stats: { requests: 1_234_567, errors: 98_765, latency_ms: { p50: 4321, p95: 9876, p99: 9999 } },
}

/** Resolves once one backend is ready and one has failed. */
export async function startManyBackends(): Promise<Switchyard> {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-many-'))
  const model = path.join(folder, 'colour_means.onnx')
  writeFileSync(model, colourMeansModel(32))
  const servers = await Promise.all(EXTERNAL.map(() => startExternalBackend(() => PONG)))
  const external = EXTERNAL.map(
    (name, index) =>
      `  ${name}:\n    runtime: external\n    port: ${servers[index]?.port}\n    enabled: true\n`,
  )
  const program =
    'console.error("MemoryError: Unable to allocate 7.45 GiB for an array with shape (1000, 1000, 1000)"); process.exit(1)'
  const dying = `runtime: command\n    command: [node, -e, '${program}']\n    enabled: true`
  const switchyard = await startSwitchyard(
    [
      'model_backends:\n',
      `  ${READY}:\n    runtime: onnx\n    model: ${model}\n    output: { type: classification, activation: none, classes: 3 }\n    port: ${await freePort()}\n    enabled: true\n`,
      `  ${FAILED}:\n    ${dying}\n    port: ${await freePort()}\n    max_reconnect_attempts: 1\n    reconnect_interval: 0.1\n`,
      // It never listens, so it stays in this state.
      `  ${STARTING}:\n    runtime: command\n    command: [node, -e, 'setInterval(() => {}, 60_000)']\n    port: ${await freePort()}\n    enabled: true\n`,
      `  ${OFF}:\n    runtime: command\n    command: [node, -e, '']\n    port: ${await freePort()}\n`,
      `  ${UNREACHABLE}:\n    runtime: external\n    port: ${await freePort()}\n    enabled: true\n`,
      ...external,
    ].join(''),
    { stateDir: path.join(folder, 'state') },
  )
  await switchyard.process.waitFor(new RegExp(`${READY}.*ready`))
  await switchyard.process.waitFor(new RegExp(`${FAILED}.*failed`))
  return {
    ...switchyard,
    close: async () => {
      await switchyard.close()
      for (const server of servers) server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
