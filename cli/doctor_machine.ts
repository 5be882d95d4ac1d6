/** What the doctor looks at on the machine: Node, native packages, models, GPUs, the state folder. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { GpuReading } from '../protocol/gpu.ts'
import { GpuProbe } from '../control/gpu/gpu_probe.ts'
import { fail, ok, warn, type Finding } from './doctor_finding.ts'

/** As `engines` of package.json has it. */
const NODE_MIN = { major: 20, minor: 19 }

/** `version`: `20.19.0`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor)
  return isNew
    ? ok('node', `Node ${version}`)
    : fail('node', `Node ${version} is too old`, 'install 20.19 or newer')
}

/** In a process of its own: a binary that does not fit the machine may end it. */
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

/** What the conversion of the models leaves behind: the files that it made. */
const stampSchema = z.object({ files: z.record(z.string(), z.string()) })

export function checkModels(rootDir: string): Finding {
  const remedy = 'run `npm run models`'
  try {
    const text = readFileSync(path.join(rootDir, '.cache', 'models.json'), 'utf8')
    const files = Object.keys(stampSchema.parse(JSON.parse(text)).files)
    const missing = files.filter((file) => !existsSync(path.join(rootDir, file)))
    return missing.length === 0
      ? ok('models', `${files.length} files are there`)
      : fail('models', `missing: ${missing.join(', ')}`, remedy)
  } catch {
    return fail('models', 'they were not converted yet', remedy)
  }
}

export async function checkGpus(): Promise<Finding> {
  const { devices, no_gpu_reason: reason } = await firstReading()
  const names = devices.map(({ name, id }) => name ?? id)
  return names.length > 0
    ? ok('gpu', names.join(', '))
    : warn('gpu', reason ?? 'no GPU was found', 'models run on the CPU')
}

/** Longer than the one reading that is wanted takes. */
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
