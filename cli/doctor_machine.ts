import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { checkBuiltinModels } from '../files/builtin_models.ts'
import { BUILTIN_NAMES, type BuiltinName } from '../protocol/builtin_backends.ts'
import { PRECISIONS } from '../protocol/config.ts'
import type { GpuReading } from '../protocol/gpu.ts'
import { GpuProbe } from '../control/gpu/gpu_probe.ts'
import { fail, ok, warn, type Finding } from './doctor_finding.ts'

/** As `engines` in package.json. */
const NODE_MIN = { major: 20, minor: 19 }

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor)
  return isNew
    ? ok('node', `Node ${version}`)
    : fail('node', `Node ${version} is too old`, 'install 20.19 or newer')
}

/** In a separate process: an incompatible binary may crash it. */
export async function checkNative(rootDir: string, name: string): Promise<Finding> {
  try {
    await promisify(execFile)(process.execPath, ['-e', `require('${name}')`], { cwd: rootDir })
    return ok(name, 'its native library loads')
  } catch (error) {
    const { stderr = '', message, signal } = error as Error & { stderr?: string; signal?: string }
    const line = stderr.split('\n').find((text) => text.includes('Error')) ?? message
    const reason = typeof signal === 'string' ? `it ended its process with ${signal}` : line.trim()
    return fail(name, `does not load: ${reason}`, 'delete node_modules and run `npm start`')
  }
}

export async function checkModels(rootDir: string): Promise<Finding[]> {
  const findings = []
  for (const name of BUILTIN_NAMES) findings.push(await checkModelsOf(rootDir, name))
  return findings
}

async function checkModelsOf(rootDir: string, name: BuiltinName): Promise<Finding> {
  for (const precision of PRECISIONS) {
    const { fault } = await checkBuiltinModels(rootDir, name, precision)
    if (fault !== null) return fail('models', `${name}: ${fault.message}`, '')
  }
  return ok('models', `${name}: all files are there and unchanged`)
}

export async function checkGpus(): Promise<Finding> {
  const { devices, no_gpu_reason: reason } = await firstReading()
  const names = devices.map(({ name, id }) => name ?? id)
  return names.length > 0
    ? ok('gpu', names.join(', '))
    : warn('gpu', reason?.message ?? 'no GPU was found', 'models run on the CPU')
}

const PROBE_INTERVAL_MS = 60_000

async function firstReading(): Promise<GpuReading> {
  let found: (reading: GpuReading) => void = () => undefined
  const reading = new Promise<GpuReading>((resolve) => {
    found = resolve
  })
  const systemRoot = process.env['SystemRoot']
  const probe = new GpuProbe({
    platform: process.platform,
    intervalMs: PROBE_INTERVAL_MS,
    now: Date.now,
    pids: () => [],
    onReading: found,
    onFault: () => undefined,
    ...(systemRoot === undefined ? {} : { systemRoot }),
  })
  probe.start()
  try {
    return await reading
  } finally {
    await probe.close()
  }
}

export async function checkStateFolder(stateDir: string): Promise<Finding> {
  const probe = path.join(stateDir, `.doctor-${process.pid}`)
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await writeFile(probe, '', { mode: 0o600 })
    await rm(probe)
    return ok('state', stateDir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = 'make it writable, or name another with SWITCHYARD_STATE_DIR'
    return fail('state', `${stateDir} cannot be written (${code})`, remedy)
  }
}
