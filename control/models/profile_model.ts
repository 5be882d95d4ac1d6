/** Profiles the nodes of a model in a separate process, never inside the serving backend. */
import { execFile } from 'node:child_process'
import type { ModelFile } from '../../protocol/backend.ts'
import { modelProfileSchema, type ModelProfile } from '../../protocol/models.ts'
import { ControlError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'

const PROFILE_MS_MAX = 120_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** One run at a time: two would distort each other's measurements. */
export class Profiler {
  private readonly entry: string
  private readonly nodePath: string
  private isBusy = false
  private readonly stopper = new AbortController()

  /** `entry`: dist/backends/profile.js; `nodePath`: the Node binary that runs it. */
  constructor(entry: string, nodePath: string) {
    this.entry = entry
    this.nodePath = nodePath
  }

  async run({ name, path }: ModelFile, runs: number): Promise<ModelProfile> {
    if (path === undefined || !path.endsWith('.onnx')) {
      throw new ControlError('no_profile', message('call.no_profile', { name }))
    }
    if (this.isBusy) throw new ControlError('profile_busy', message('call.profile_busy'))
    this.isBusy = true
    try {
      return modelProfileSchema.parse(JSON.parse(await this.output(path, runs)))
    } finally {
      this.isBusy = false
    }
  }

  close(): void {
    this.stopper.abort()
  }

  private output(path: string, runs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const limits = {
        signal: this.stopper.signal,
        timeout: PROFILE_MS_MAX,
        maxBuffer: OUTPUT_BYTES_MAX,
        killSignal: 'SIGKILL' as const,
        windowsHide: true,
      }
      execFile(this.nodePath, [this.entry, path, String(runs)], limits, (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout)
          return
        }
        const reason =
          error.killed === true
            ? message('call.profile_late', { seconds: PROFILE_MS_MAX / 1000 })
            : stderr.trim().split('\n').at(-1) || error.message
        reject(new ControlError('no_profile', message('call.unprofiled', { file: path, reason })))
      })
    })
  }
}
