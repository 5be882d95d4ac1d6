import { message, type Message } from '../../protocol/messages.ts'
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
  now(): number
  /** `reason`: what the process logged about its end; null without an explanation. A card that is not kept cannot be opened. */
  onCard(card: CrashCard, about: { reason: Message | null; isKept: boolean }): void
  /** The kernel killed a process that seemed to be killed manually. */
  onOutOfMemory(id: string): void
}

export class CrashReporter {
  private readonly options: CrashReporterOptions
  private readonly onnxruntime: string | null
  private oomKills: OomKillCounts = { counts: {}, reason: message('oom.unread') }
  private pending: Promise<void> = Promise.resolve()

  constructor(options: CrashReporterOptions) {
    this.options = options
    this.onnxruntime = versionOfPackage(options.rootDir, 'onnxruntime-node')
  }

  /** Reads the kernel counters: the closer to a crash, the better the evidence. */
  noteKernel(): void {
    this.oomKills = readOomKills()
  }

  /** Creates the card and passes it on; it is written to disk later. Never throws. */
  report(
    id: string,
    {
      config,
      crash,
      requests,
    }: {
      config: BackendConfig
      crash: Crash
      requests: CrashCard['in_flight']
    },
  ): void {
    const time = this.options.now()
    const { logs } = this.options
    const newest = logs.query({ sources: [id] }, CARD_LOG_LINES_MAX).lines
    // A long traceback names its cause at the end.
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
          startHint: crash.startHint,
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
          memoryReason: memory.length > 0 ? null : message('crash.no_memory'),
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

/** A configuration error, not a program error: the event names the fix, and no crash is counted. */
export function isRefusedStart({ phase, exit, cause }: CrashCard, owner: ProgramOwner): boolean {
  if (isServingState(phase)) return false
  if (owner === 'ours' && REFUSALS.includes(exit.code)) return true
  return cause !== null && PORT_REFUSALS.includes(cause.code)
}

/** Signals sent by users and service managers. The OOM killer's SIGKILL has its own evidence. */
const SENT_SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']

/** Killed by a user or by the OOM killer; only the log and the kernel counters can distinguish them. */
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
