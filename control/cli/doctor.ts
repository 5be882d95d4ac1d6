/** `doctor`: everything that a start needs, looked at, each with its remedy. Works without a panel. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { instancesOf } from '../../config/instances.ts'
import { GpuProbe } from '../gpu/gpu_probe.ts'
import { examinePort } from '../ports/examine_port.ts'
import { CLI_EXIT_CODES } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { columns, json } from './table.ts'

interface Finding {
  check: string
  level: 'ok' | 'warn' | 'fail'
  message: string
  remedy: string
}

export const DOCTOR: Command = {
  name: 'doctor',
  usage: '',
  summary: 'Looks at Node, packages, models, configuration, ports, GPUs and folders.',
  run: async (context) => {
    const parts = await Promise.all([
      native(context, 'onnxruntime-node'),
      native(context, 'sharp'),
      ports(context),
      gpus(),
      stateFolder(context),
      panel(context),
    ])
    const findings = [nodeVersion(), models(context), ...parts.flat()]
    if (context.isJson) context.print(json({ findings }))
    else {
      context.print(
        columns(
          findings.map(({ level, check, message, remedy }) => [
            level,
            check,
            remedy === '' ? message : `${message}; ${remedy}`,
          ]),
        ),
      )
    }
    const isSound = findings.every(({ level }) => level !== 'fail')
    return isSound ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
  },
}

const NODE_MAJOR_MIN = 20

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNew = major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= 19)
  return isNew
    ? ok('node', `Node ${process.versions.node}`)
    : fail('node', `Node ${process.versions.node} is too old`, 'install 20.19 or newer')
}

/** In a process of its own: a binary that does not fit the machine may end it. */
async function native({ rootDir }: CommandContext, name: string): Promise<Finding> {
  try {
    await promisify(execFile)(process.execPath, ['-e', `require('${name}')`], { cwd: rootDir })
    return ok(name, 'its native library loads')
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    const line = stderr.split('\n').find((text) => text.includes('Error')) ?? message
    return fail(name, `does not load: ${line.trim()}`, 'delete node_modules and run `npm start`')
  }
}

const MODELS = ['emotion/model/mini_xception.onnx', 'faces/model/blazeface.onnx']

function models({ rootDir }: CommandContext): Finding {
  const missing = MODELS.filter((file) => !existsSync(path.join(rootDir, 'backends', file)))
  return missing.length === 0
    ? ok('models', 'converted')
    : fail('models', `missing: ${missing.join(', ')}`, 'run `npm run models`')
}

async function ports(context: CommandContext): Promise<Finding[]> {
  const loaded = loadConfig(context.configFile)
  if (!loaded.ok) {
    return loaded.problems.map(({ file, line, key, message, remedy }) =>
      fail('config', `${file}:${line ?? 0}: ${key} ${message}`, remedy),
    )
  }
  const instances = Object.entries(loaded.config.model_backends)
    .filter(([, section]) => section.runtime !== 'external')
    .flatMap(([name, section]) => instancesOf(name, section))
  const reserved = new Set(instances.map(({ config }) => config.port))
  const running = await context.panelIfAny()
  const pids = new Map<number, string>()
  for (const { name, pid } of (await running?.snapshotWhere(() => true))?.backends ?? []) {
    if (pid !== null) pids.set(pid, name)
  }
  const looked = await Promise.all(
    instances.map(async ({ id, config: { host, port } }) => {
      const { verdict, holder, sentence, remedy } = await examinePort({ host, port, reserved })
      const check = `port ${port}`
      if (verdict === 'free') return ok(check, `free for ${id}`)
      const owner = holder?.pid === null ? undefined : pids.get(holder?.pid ?? -1)
      return owner === undefined
        ? fail(check, `wanted by ${id}; ${sentence}`, remedy)
        : ok(check, `${owner} runs there as pid ${holder?.pid}`)
    }),
  )
  return [ok('config', `${context.configFile} is good`), ...looked]
}

async function gpus(): Promise<Finding> {
  const reading = await new Promise<Parameters<GpuProbeListener>[0]>((resolve) => {
    const probe = new GpuProbe({
      platform: process.platform,
      intervalMs: 60_000,
      now: Date.now,
      pids: () => [],
      ...(process.env['SystemRoot'] === undefined ? {} : { systemRoot: process.env['SystemRoot'] }),
      onReading: (found) => {
        resolve(found)
        setImmediate(() => void probe.close())
      },
    })
    probe.start()
  })
  const names = reading.devices.map(({ name, id }) => name ?? id)
  return names.length > 0
    ? ok('gpu', names.join(', '))
    : warn('gpu', reading.no_gpu_reason ?? 'no GPU was found', 'models run on the CPU')
}
type GpuProbeListener = ConstructorParameters<typeof GpuProbe>[0]['onReading']

async function stateFolder({ stateDir }: CommandContext): Promise<Finding> {
  const probe = path.join(stateDir, `.doctor-${process.pid}`)
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await writeFile(probe, '')
    await rm(probe)
    return ok('state', stateDir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = 'make it writable, or name another with SWITCHYARD_STATE_DIR'
    return fail('state', `${stateDir} cannot be written (${code})`, remedy)
  }
}

async function panel(context: CommandContext): Promise<Finding> {
  const found = await context.panelIfAny()
  return found === null
    ? warn('panel', 'none runs', 'start one with `npm start`')
    : ok('panel', found.address.http)
}

const ok = (check: string, message: string): Finding => ({
  check,
  level: 'ok',
  message,
  remedy: '',
})
const warn = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'warn',
  message,
  remedy,
})
const fail = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'fail',
  message,
  remedy,
})
