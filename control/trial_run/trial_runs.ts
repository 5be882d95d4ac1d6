/** Trial runs of a backend before it is configured: same launcher and supervisor, another port, one attempt, and a time limit. */
import { joined, message, type Message, messageIn } from '../../protocol/messages.ts'
import { BackendClient } from '../../client/backend_client.ts'
import { openNodeSocket } from '../../client/node_socket.ts'
import { expandSection } from '../../config/expand.ts'
import { instancesOf } from '../../config/instances.ts'
import { nameFault } from '../../protocol/backend_name.ts'
import { backendConfigSchema, isThirdParty, type BackendConfig } from '../../protocol/config.ts'
import { ControlError } from '../../protocol/errors.ts'
import type { CrashCause } from '../../protocol/crash.ts'
import type { LogLine } from '../../protocol/log_lines.ts'
import { TRIAL_LEASE_MS, type TrialRunView } from '../../protocol/trial_run.ts'
import type { Fault } from '../../protocol/config_problem.ts'
import { type DescribedIssue, describeIssues } from '../../protocol/describe.ts'
import { bearerHeaders } from '../../server/token.ts'
import type { Clock } from '../../protocol/clock.ts'
import { Timer } from '../../protocol/disposables.ts'
import { EVIDENCE_LINES_MAX, likelyCauseOf } from '../crash/likely_cause.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { LogStore } from '../logs/log_store.ts'
import { examinePort } from '../ports/examine_port.ts'
import type { ProcessTracker } from '../processes/process_tracker.ts'
import type { Crash } from '../supervisor/crash_facts.ts'
import type { StartSlots } from '../supervisor/start_slots.ts'
import type { StopAudit } from '../supervisor/stop_audit.ts'
import { Supervisor } from '../supervisor/supervisor.ts'

export interface TrialRunsOptions {
  launcherFor(config: BackendConfig): Launcher
  tokenFor(config: BackendConfig): string | null
  logs: LogStore
  clock: Clock
  random: () => number
  stops: StopAudit
  slots: StartSlots
  tracker: ProcessTracker
  reservedPorts(): Set<number>
}

const LINES_SHOWN = 40
const UPLOADS_MAX = 4
const NO_TRIAL = message('call.no_trial')
const ANSWER_MS_MAX = 60_000
const ANSWER_BYTES_MAX = 64 * 1024 * 1024
/** Enough to see whether it works, without taking threads from serving backends. */
const TRIAL_THREADS = 1

interface CurrentTrialRun {
  name: string
  supervisor: Supervisor
  messageBytesMax: number
  lines: LogLine[]
  unfollow: () => void
  /** Of its last end; null without evidence. */
  cause: CrashCause | null
}

export class TrialRuns {
  private readonly options: TrialRunsOptions
  private current: CurrentTrialRun | null = null
  private readonly lease = new Timer()
  private readonly uploads = new Map<string, { parts: string[]; bytes: number }>()
  private readonly sentMs = new Set<number>()
  private isClosed = false

  constructor(options: TrialRunsOptions) {
    this.options = options
  }

  /** Ends the previous one. Rejects with ControlError for an invalid section, or without a free port. */
  async begin(name: string, section: Record<string, unknown>): Promise<void> {
    const config = await this.configOf(name, section)
    while (this.current !== null) await this.end()
    if (this.isClosed) throw new ControlError('no_trial', message('call.closing'))
    const supervisor = this.supervise(`trial of ${name}`, name, config)
    this.current = {
      name,
      supervisor,
      cause: null,
      messageBytesMax: config.max_message_bytes,
      ...this.newestLinesOf(supervisor.id),
    }
    this.renew()
    supervisor.enable()
  }

  /** null without a trial run. Calling it keeps the trial run alive. */
  view(): TrialRunView | null {
    if (this.current === null) return null
    this.renew()
    const { name, supervisor, cause, lines: newest } = this.current
    const lines = [...newest]
    const view = supervisor.view()
    const { state, detail, wording, is_ready, pid, port, provider } = view
    const has_failed = state === 'failed' || state === 'unreachable'
    return {
      ...{ name, state, detail, wording, cause, is_ready, has_failed, pid, port, provider },
      image_size: view.image_size,
      descriptor: view.descriptor,
      lines,
    }
  }

  /** Stores a part of a message until `send`. Throws ControlError when it is too large. */
  append(upload: string, part: string): void {
    if (this.current === null) throw new ControlError('no_trial', NO_TRIAL)
    const { parts = [], bytes: before = 0 } = this.uploads.get(upload) ?? {}
    const bytes = before + Buffer.byteLength(part)
    this.uploads.delete(upload)
    const { messageBytesMax } = this.current
    if (bytes > messageBytesMax) {
      throw new ControlError('too_large', message('call.too_large', { bytes: messageBytesMax }))
    }
    parts.push(part)
    this.uploads.set(upload, { parts, bytes })
    // An abandoned upload is never sent.
    const [oldest] = this.uploads.keys()
    if (this.uploads.size > UPLOADS_MAX && oldest !== undefined) this.uploads.delete(oldest)
  }

  /** Sends a message and resolves with the first reply other than health. With `upload`, `last` completes what was appended. */
  async send(last: string, upload?: string): Promise<{ text: string; round_trip_ms: number }> {
    if (upload !== undefined) this.append(upload, last)
    const message = upload === undefined ? last : (this.uploads.get(upload)?.parts.join('') ?? '')
    if (upload !== undefined) this.uploads.delete(upload)
    if (this.current === null) throw new ControlError('no_trial', NO_TRIAL)
    const { name, supervisor } = this.current
    const begunMs = performance.now()
    this.sentMs.add(begunMs)
    try {
      return await ask(name, supervisor, message)
    } finally {
      this.sentMs.delete(begunMs)
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.end()
  }

  async end(): Promise<void> {
    this.lease.clear()
    const trial = this.current
    this.current = null
    this.uploads.clear()
    trial?.unfollow()
    await trial?.supervisor.stop()
  }

  kill(reason: Message): void {
    this.current?.supervisor.kill(reason)
  }

  /** Collected as they arrive: the view is polled twice a second, and searching the ring is slow. */
  private newestLinesOf(source: string): Pick<CurrentTrialRun, 'lines' | 'unfollow'> {
    const lines: LogLine[] = []
    const unfollow = this.options.logs.follow((line) => {
      if (line.source !== source) return
      lines.push(line)
      if (lines.length > LINES_SHOWN) lines.shift()
    })
    return { lines, unfollow }
  }

  private causeOf(id: string, config: BackendConfig, crash: Crash): CrashCause | null {
    const { lines } = this.options.logs.query({ sources: [id] }, EVIDENCE_LINES_MAX)
    return likelyCauseOf({
      exit: crash.exit,
      owner: isThirdParty(config) ? 'foreign' : 'ours',
      phase: crash.phase,
      time: this.options.clock.wall(),
      lines: lines.filter(({ seq }) => seq >= crash.firstSeq),
      killReason: crash.killReason,
      startHint: crash.startHint,
      oomKill: null,
      oomReason: message('oom.dry_run'),
      command: config.command ?? [],
      runtime: config.runtime,
    })
  }

  private renew(): void {
    this.lease.set(TRIAL_LEASE_MS, () => void this.end())
  }

  private async configOf(name: string, section: Record<string, unknown>): Promise<BackendConfig> {
    const fault = nameFault(name)
    if (fault !== null) {
      throw new ControlError('invalid_request', saidOf(fault))
    }
    const parsed = backendConfigSchema.safeParse(section)
    if (!parsed.success) {
      const issues = describeIssues(parsed.error, section)
      throw new ControlError('invalid_request', all(issues.map(problemOf)))
    }
    const { section: expanded, faults } = expandSection(parsed.data)
    if (faults.length > 0) {
      throw new ControlError('invalid_request', all(faults.map(saidOf)))
    }
    const once = { ...expanded, max_reconnect_attempts: 0, replicas: 1 }
    if (once.runtime === 'external') return instancesOf(name, once)[0]?.config ?? once
    return { ...once, port: await this.freePort(once) }
  }

  /** The section's own port may be in use by the backend that it replaces. */
  private async freePort({ host, port }: BackendConfig): Promise<number> {
    const reserved = this.options.reservedPorts()
    const report = await examinePort({ host, port, reserved })
    if (report.verdict === 'free' && !reserved.has(port)) return port
    if (report.suggestion !== null) return report.suggestion
    const next = await examinePort({ host, port: port + 1, reserved: new Set([...reserved, port]) })
    if (next.verdict === 'free') return port + 1
    if (next.suggestion !== null) return next.suggestion
    const why = messageIn(report, 'sentence')
    throw new ControlError('no_port', joined(message('call.no_free_port', { host }), why))
  }

  private supervise(id: string, backend: string, config: BackendConfig): Supervisor {
    const { tracker, ...shared } = this.options
    const nothing = () => undefined
    const supervisor = new Supervisor({
      ...shared,
      id,
      backend,
      config,
      threads: () => ({ shared: TRIAL_THREADS, alone: TRIAL_THREADS }),
      inFlight: () => {
        const oldestMs =
          this.sentMs.size === 0 ? null : performance.now() - Math.min(...this.sentMs)
        return { count: this.sentMs.size, oldestMs, sinceAnswerMs: null }
      },
      events: {
        onChange: nothing,
        onState: nothing,
        onPong: nothing,
        onStarted: (pid) => {
          if (pid !== null) tracker.note(pid, id)
        },
        onEnded: (pid) => {
          if (pid !== null) tracker.forget(pid)
        },
        onStopped: nothing,
        onCrashed: (crash) => {
          if (this.current?.supervisor === supervisor) {
            this.current.cause = this.causeOf(id, config, crash)
          }
        },
      },
    })
    return supervisor
  }
}

/** Resolves with the first reply other than health. Rejects with ControlError. */
async function ask(name: string, { url, token }: Supervisor, message: string) {
  const client = new BackendClient({
    ...{ name, url, timeoutMs: ANSWER_MS_MAX },
    openSocket: () =>
      openNodeSocket(url, { maxPayload: ANSWER_BYTES_MAX, headers: bearerHeaders(token) }),
  })
  const outcome = await client.exchange(null, message)
  void client.close()
  if (outcome.phase === 'broken') throw new ControlError('no_answer', messageIn(outcome, 'message'))
  return { text: outcome.receivedText, round_trip_ms: outcome.roundTripMs }
}

const saidOf = (fault: Fault): Message => joined(fault.message, fault.remedy)

function problemOf(issue: DescribedIssue): Message {
  const fault = messageIn(issue, 'message')
  return joined(message('config.at_key', { key: issue.key, fault }), messageIn(issue, 'remedy'))
}

const all = (said: readonly Message[]): Message =>
  said.reduce((first, second) => joined(first, second))
