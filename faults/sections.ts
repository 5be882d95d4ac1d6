/** Sections of models.yaml for the faults: an external program that misbehaves, and a tiny built-in model. */
import path from 'node:path'
import { ROOT_DIR, freePort } from '../testing/processes.ts'

export type Section = Record<string, unknown> & { port: number }

const PROGRAM = path.join(ROOT_DIR, 'faults', 'faulty_backend.mjs')
/** Short, so that a restart takes a second or two. */
const QUICK = { enabled: true, health_interval: 0.25, reconnect_interval: 0.1 }
/** A third-party backend may be silent for request_timeout plus 5 s. */
export const BRIEF = { request_timeout: 1 }
export const SILENT = /^no answer to health checks or requests for [67] s \(request_timeout 1 s\)/
/** Side of the tiny model's input in pixels. */
export const TINY_SIDE = 8

/** Command line of the misbehaving program; `host` and `port` as in a `command` section. */
export const faultyCommand = (fault: string, ...args: string[]) => [
  ...[process.execPath, PROGRAM, '--host', '{host}', '--port', '{port}', '--fault', fault],
  ...args,
]

/** `runtime: command` with the misbehaving program; `args` are those of faulty_backend.mjs. */
export async function faulty(
  fault: string,
  args: readonly string[] = [],
  keys: Record<string, unknown> = {},
): Promise<Section> {
  return {
    runtime: 'command',
    port: await freePort(),
    command: faultyCommand(fault, ...args),
    ...QUICK,
    ...keys,
  }
}

/** `runtime: onnx` with a model file; see colourMeansModel in testing/tiny_onnx.ts. */
export async function onnx(
  modelFile: string,
  keys: Record<string, unknown> = {},
): Promise<Section> {
  return {
    runtime: 'onnx',
    port: await freePort(),
    model: modelFile,
    providers: ['cpu'],
    preprocess: { size: [TINY_SIDE, TINY_SIDE] },
    output: { type: 'classification' },
    labels: ['red', 'green', 'blue'],
    ...QUICK,
    ...keys,
  }
}
