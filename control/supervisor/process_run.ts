import type { Clock } from '../../protocol/clock.ts'
import type { Pong } from '../../protocol/backend.ts'
import { saidBy } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { Timer } from '../../protocol/disposables.ts'
import type { InFlightLoad } from '../../gateway/observed.ts'
import type { Child, LaunchEvents, Launcher, OutputStream } from '../launcher/launcher.ts'
import { ChildLineParser, LineSplitter } from '../logs/child_lines.ts'
import { LineFolder } from '../logs/line_folder.ts'
import type { NewLine } from '../logs/log_store.ts'
import { OpenLines } from '../logs/open_lines.ts'
import { ReasonFinder } from '../logs/reason_line.ts'
import { HealthProbe, type HealthProbeOptions, type Miss, type Probe } from './health_probe.ts'
import type { Wall } from './wall.ts'

export interface ProcessExit {
  code: number | null
  signal: string | null
  failure: Message | null
}

export interface ProcessRunOptions {
  name: string
  launcher: Launcher
  args: string[]
  env: Record<string, string>
  url: string
  token: string | null
  healthIntervalMs: number
  clock: Clock
  /** Wraps every callback of the process and its health checks. */
  wall: Wall
  createProbe?: ((options: HealthProbeOptions) => Probe) | undefined
  onLine(line: NewLine): void
  onPong(pong: Pong, roundTripMs: number): void
  onMissed(miss: Miss): void
  /** Called once, at the first pong of an external program; see control/ports/stranger.ts. */
  strangerOn(pid: number): Promise<Message | null>
  /** The pongs come from somebody else's program, named in a clause. None was handed on. */
  onStranger(reason: Message): void
  /** Called exactly once, after `start` has returned. */
  onExit(exit: ProcessExit): void
}

interface LineReader {
  push(chunk: Buffer): void
  end(): void
}

const LINE_FEED = 0x0a

const nothing = () => undefined
const NEVER_STARTED: Child = { pid: null, tell: nothing, askToStop: nothing, kill: nothing }

/** A killed process exits within milliseconds, but one that waits for a driver or belongs to another user may never exit. */
const KILL_MS_MAX = 10_000
/** Longest pause between connection attempts, for our processes and for external ones. */
const RETRY_MS_MAX = 1000
/** Searching for another program on the port takes 10 ms, but seconds on Windows; the first pong waits no longer than this. */
const ADMISSION_MS_MAX = 3000
const AWAY_RETRY_MS_MAX = 10_000

interface Heard {
  pong: Pong
  roundTripMs: number
}

export class ProcessRun {
  readonly startedAt: number
  killReason: Message | null = null
  pong: Pong | null = null
  pongMs: number | null = null
  missedPongs = 0
  /** Consecutive misses at which the port refused the connection. */
  refusals = 0
  lastMiss: Miss | null = null
  inFlight = 0
  slowPongs = 0
  private readonly options: ProcessRunOptions
  private readonly startedMs: number
  private readonly reasons = new ReasonFinder()
  /** Last pong or reply to a request, monotonic milliseconds. */
  private lastLifeMs: number
  private child: Child = NEVER_STARTED
  private probe: Probe | null = null
  private readonly killTimer = new Timer()
  private admission: 'unasked' | 'asked' | 'open' = 'unasked'
  private readonly admissionTimer = new Timer()
  private held: Heard | null = null
  private hasEnded = false

  constructor(options: ProcessRunOptions) {
    this.options = options
    this.startedAt = options.clock.wall()
    this.startedMs = options.clock.monotonic()
    this.lastLifeMs = this.startedMs
  }

  /** Starts the process, then its health checks. After a throw, a started process can be killed. */
  start(): void {
    const { wall, url, token, healthIntervalMs, clock } = this.options
    const readers = { stdout: this.reader('stdout'), stderr: this.reader('stderr') }
    this.child = this.launch({
      onOutput: wall((stream, chunk) => readers[stream].push(chunk)),
      onExit: wall((exit) => {
        // A launcher may fail immediately.
        queueMicrotask(wall(() => this.end(exit)))
        readers.stdout.end()
        readers.stderr.end()
      }),
    })
    const { createProbe = (probed) => new HealthProbe(probed) } = this.options
    this.probe = createProbe({
      url,
      token,
      intervalMs: healthIntervalMs,
      retryMsMax: this.options.launcher.kind === 'external' ? AWAY_RETRY_MS_MAX : RETRY_MS_MAX,
      now: () => clock.monotonic(),
      wall,
      onPong: wall((pong, roundTripMs) => {
        if (!this.isForeign(pong)) this.admit({ pong, roundTripMs })
      }),
      onMissed: wall((miss) => {
        this.options.onMissed(miss)
      }),
    })
  }

  /** null when the process could not be started or is external. */
  get pid(): number | null {
    return this.child.pid
  }

  /** What is unusual about its start. */
  get note(): Message | null {
    return this.child.note ?? null
  }

  get isOwn(): boolean {
    return this.options.launcher.kind !== 'external'
  }

  /** Calls `then` once the pid is known, usually immediately. */
  whenSpawned(then: () => void): void {
    if (this.child.spawned === undefined) then()
    else void this.child.spawned.then(this.options.wall(then))
  }

  get uptimeMs(): number {
    return this.options.clock.monotonic() - this.startedMs
  }

  /** What it logged about its end; null without an explanation. `choseToEnd`: no signal or fault ended it. */
  reasonOfEnd(choseToEnd: boolean): Message | null {
    return this.reasons.reason(this.options.clock.monotonic(), choseToEnd)
  }

  get silentMs(): number {
    return this.options.clock.monotonic() - this.lastLifeMs
  }

  /** Time of the last pong or reply, unix milliseconds; null unless health checks are unanswered. */
  get silentSince(): number | null {
    return this.missedPongs === 0 ? null : this.options.clock.wall() - this.silentMs
  }

  notePong(pong: Pong, pongMs: number): void {
    this.pong = pong
    this.pongMs = pongMs
    this.missedPongs = 0
    this.refusals = 0
    this.lastMiss = null
    this.lastLifeMs = this.options.clock.monotonic()
  }

  noteMiss(miss: Miss, { load, isCounted }: { load: InFlightLoad; isCounted: boolean }): void {
    this.lastMiss = miss
    this.inFlight = load.count
    const answeredMs = this.options.clock.monotonic() - (load.sinceAnswerMs ?? Infinity)
    this.lastLifeMs = Math.max(this.lastLifeMs, answeredMs)
    if (!isCounted) return
    this.missedPongs++
    this.refusals = miss.kind === 'refused' ? this.refusals + 1 : 0
  }

  forgiveSilence(): void {
    this.missedPongs = 0
    this.refusals = 0
    this.lastLifeMs = this.options.clock.monotonic()
  }

  setHealthInterval(intervalMs: number): void {
    this.probe?.setInterval(intervalMs)
  }

  tell(message: object): void {
    this.child.tell(message)
  }

  askToStop(graceMs: number): void {
    if (!this.hasEnded) this.child.askToStop(graceMs)
  }

  kill(reason: Message): void {
    if (this.hasEnded) return
    this.killReason = reason
    this.killTimer.setOnce(
      KILL_MS_MAX,
      this.options.wall(() => {
        this.end({ code: null, signal: null, failure: this.survival() })
      }),
    )
    this.child.kill()
  }

  /** What Node rejects by throwing (a NUL character, E2BIG) is a failed start like any other. */
  private launch(events: LaunchEvents): Child {
    const { launcher, name, args, env } = this.options
    try {
      return launcher.launch({ name, args, env }, events)
    } catch (error) {
      events.onExit({ code: null, signal: null, failure: saidBy(error) })
      return NEVER_STARTED
    }
  }

  /** Another program may hold the port until our process fails on it. The pid of external programs is unknown. */
  private isForeign({ pid }: Pong): boolean {
    const { kind } = this.options.launcher
    return (kind === 'node' || kind === 'utility') && pid !== undefined && pid !== this.child.pid
  }

  private admit(heard: Heard): void {
    if (this.hasEnded) return
    this.held = heard
    const { pid } = this.child
    if (this.options.launcher.kind !== 'command' || pid === null) this.admission = 'open'
    if (this.admission === 'open') this.openAdmission()
    if (this.admission !== 'unasked') return
    this.admission = 'asked'
    const { wall } = this.options
    this.admissionTimer.set(
      ADMISSION_MS_MAX,
      wall(() => this.openAdmission()),
    )
    const settle = wall((stranger: Message | null) => {
      if (this.hasEnded) return
      if (stranger === null) this.openAdmission()
      else {
        this.admissionTimer.clear()
        this.options.onStranger(stranger)
      }
    })
    this.options.strangerOn(pid ?? 0).then(settle, () => settle(null))
  }

  private openAdmission(): void {
    this.admissionTimer.clear()
    this.admission = 'open'
    const { held } = this
    this.held = null
    if (held !== null) this.options.onPong(held.pong, held.roundTripMs)
  }

  private reader(stream: OutputStream): LineReader {
    const { name, clock, wall, onLine } = this.options
    const parser = new ChildLineParser(name, stream)
    const later = (delayMs: number, act: () => void) => {
      const timer = new Timer()
      timer.set(delayMs, wall(act))
      return () => timer.clear()
    }
    const folder = new LineFolder({ onEntry: onLine, now: () => clock.wall(), later })
    const splitter = new LineSplitter((text) => {
      const line = parser.parse(text)
      const { isLevelAssumed, isPlain } = parser
      this.reasons.note(line, { isLevelAssumed, atMs: clock.monotonic() })
      folder.push(line, isPlain)
    })
    const open = new OpenLines(splitter, later)
    return {
      push: (chunk) => {
        splitter.push(chunk)
        open.noteOutput(chunk.includes(LINE_FEED))
      },
      end: () => {
        open.close()
        splitter.end()
        folder.end()
      },
    }
  }

  private end(exit: ProcessExit): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.killTimer.dispose()
    this.admissionTimer.clear()
    try {
      this.probe?.close()
    } finally {
      this.options.onExit(exit)
    }
  }

  private survival(): Message {
    return message('reason.survived', { pid: this.pid ?? 0, seconds: KILL_MS_MAX / 1000 })
  }
}
