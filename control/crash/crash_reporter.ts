/** From an unplanned end to its card: collects what is known at that moment, keeps the card, and says the likely cause. */
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import { versionOf } from '../../files/package_version.ts'
import { messageOf } from '../../protocol/errors.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import { isServingState } from '../../protocol/control.ts'
import { CARD_LOG_LINES_MAX, type CrashCard, type CrashCauseCode } from '../../protocol/crash.ts'
import { EXIT_CODES, type ProgramOwner } from '../../protocol/exit_codes.ts'
import type { LogStore } from '../logs/log_store.ts'
import type { Crash } from '../supervisor/crash_facts.ts'
import { createCrashCard } from './crash_card.ts'
import type { CrashStore } from './crash_store.ts'
import { oomKillEvidence, readOomKills, type OomKillCounts } from './kernel_oom.ts'

export interface CrashReporterOptions {
  store: CrashStore
  logs: LogStore
  version: string
  rootDir: string
  /** Unix ms. */
  now(): number
  /** `reason`: what the process wrote about its end; null when nothing says why. A card that is not kept cannot be opened. */
  onCard(card: CrashCard, about: { reason: string | null; isKept: boolean }): void
  /** A process that seemed to be ended by somebody was ended by the kernel, for want of memory. */
  onOutOfMemory(id: string): void
}

export class CrashReporter {
  private readonly options: CrashReporterOptions
  private readonly onnxruntime: string | null
  private oomKills: OomKillCounts = { counts: {}, reason: 'not read yet' }
  private pending: Promise<void> = Promise.resolve()

  constructor(options: CrashReporterOptions) {
    this.options = options
    this.onnxruntime = versionOfPackage(options.rootDir, 'onnxruntime-node')
  }

  /** Notes the kernel's counts: the nearer to a crash, the better the evidence. */
  noteKernel(): void {
    this.oomKills = readOomKills()
  }

  /** Makes the card of what is known now and hands it on; it is on disk later. Never throws. */
  report(
    id: string,
    {
      config,
      crash,
      requests,
    }: {
      config: BackendConfig
      crash: Crash
      /** Those that the gateway had in flight there. */
      requests: CrashCard['in_flight']
    },
  ): void {
    const time = this.options.now()
    const { logs } = this.options
    const newest = logs.query({ sources: [id] }, CARD_LOG_LINES_MAX).lines
    // A long traceback names its cause last.
    const lines = newest.map((line) => logs.whole(line.seq) ?? line)
    try {
      const before = this.oomKills
      this.noteKernel()
      const oomKill = oomKillEvidence(before, this.oomKills)
      if (isByHand(crash) && oomKill !== null) this.options.onOutOfMemory(id)
      const isOurs = config.runtime === 'builtin' || config.runtime === 'onnx'
      const memory = crash.samples.map((sample) => ({
        time: sample.time,
        rss_bytes: sample.rss_bytes,
      }))
      const card = createCrashCard(
        {
          backend: id,
          time,
          exit: crash.exit,
          owner: isOurs ? 'ours' : 'foreign',
          phase: crash.phase,
          killReason: crash.killReason,
          command: config.command ?? [],
          oomKill,
          oomReason: this.oomKills.reason,
          runtime: config.runtime,
          pid: crash.pid,
          attempt: crash.attempt,
          uptime_ms: crash.pid === null ? null : Math.round(crash.uptimeMs),
          provider: crash.provider,
          versions: {
            switchyard: this.options.version,
            node: isOurs ? process.version : null,
            platform: `${process.platform} ${process.arch} ${os.release()}`,
            onnxruntime: isOurs ? this.onnxruntime : null,
          },
          memory,
          memory_reason:
            memory.length > 0 ? null : 'it never answered a health check, which tells the memory',
          in_flight: requests,
          config: { ...config },
          lines,
          runFirstSeq: crash.firstSeq,
        },
        () => randomBytes(4).toString('hex'),
      )
      const isKept = !isRefusedStart(card, isOurs ? 'ours' : 'foreign')
      if (isKept) {
        const kept = this.keep(card)
        this.pending = this.pending.then(() => kept)
      }
      this.options.onCard(card, { reason: crash.reason, isKept })
    } catch (error) {
      this.warn(`a crash of ${id} has no card: ${messageOf(error)}`)
    }
  }

  /** Resolves when every crash so far has its card. */
  async settled(): Promise<void> {
    await this.pending
  }

  private async keep(card: CrashCard): Promise<void> {
    try {
      await this.options.store.add(card)
    } catch (error) {
      this.warn(`the crash card ${card.id} was not kept: ${messageOf(error)}`)
    }
  }

  private warn(message: string): void {
    this.options.logs.add({ source: 'supervisor', level: 'warn', message })
  }
}

const REFUSALS: readonly (number | null)[] = [EXIT_CODES.usage, EXIT_CODES.port_unavailable]
const PORT_REFUSALS: readonly CrashCauseCode[] = ['port_taken', 'port_forbidden']

/** The configuration is at fault, not the program: its event says what to change, and a crash is not to be counted. */
export function isRefusedStart({ phase, exit, cause }: CrashCard, owner: ProgramOwner): boolean {
  if (isServingState(phase)) return false
  if (owner === 'ours' && REFUSALS.includes(exit.code)) return true
  return cause !== null && PORT_REFUSALS.includes(cause.code)
}

/** Signals that people and service managers send. The kernel's SIGKILL for want of memory has its own evidence. */
const SENT_SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']

/** Somebody, or the kernel for want of memory, sent it a signal; only its log and the counters of the kernel can tell which. */
export function isByHand({ exit: { signal }, killReason }: Crash): boolean {
  return killReason === null && signal !== null && SENT_SIGNALS.includes(signal)
}

function versionOfPackage(rootDir: string, name: string): string | null {
  try {
    return versionOf(path.join(rootDir, 'node_modules', name))
  } catch {
    return null
  }
}
