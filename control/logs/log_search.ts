/** Searches the lines in memory, off the main thread and with a time limit. */
import type { LogLine } from '../../protocol/control.ts'
import type { LogHistogram, LogQuery, LogSearchResult } from '../../protocol/logs.ts'
import { Timer } from '../../protocol/disposables.ts'
import { ControlError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { LogStore } from './log_store.ts'
import { regexProblem } from './regex_problem.ts'
import type { ExportRun, SearchFound, ToSearchThread } from './search_messages.ts'
import { SearchThread, type Answer } from './search_thread.ts'
import { SharedLines, type SharedSegment } from './shared_lines.ts'
import type { Slowest } from './slowest.ts'

export interface LogSearchOptions {
  store: LogStore
  entry: URL
  /** Time limit per search; a hundred thousand lines take some tenths of a second. */
  limitMs?: number
  waitingMax?: number
  idleMs?: number
}

const LIMIT_MS = 3000
const WAITING_MAX = 16
const IDLE_MS = 60_000

interface Waiting {
  question(segments: SharedSegment[]): ToSearchThread | Promise<ToSearchThread>
  signal: AbortSignal | undefined
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export class LogSearch {
  private readonly options: LogSearchOptions
  private readonly lines: SharedLines
  private readonly waiting: Waiting[] = []
  private thread: SearchThread | null = null
  private working: Promise<void> | null = null
  private readonly idleTimer = new Timer()
  private isClosed = false

  constructor(options: LogSearchOptions) {
    this.options = options
    this.lines = new SharedLines(options.store)
  }

  /**
   * The newest `limit` matching lines. Rejects with a ControlError: `invalid_regex`, `search_timeout`, `search_busy`,
   * `cancelled` (by `signal`), `search_failed`, `closed`.
   */
  async query(
    query: LogQuery,
    { limit, signal }: { limit: number; signal?: AbortSignal },
  ): Promise<LogSearchResult> {
    checkPattern(query)
    const answer = await this.ask(
      (segments) => ({ type: 'search', query, limit, segments }),
      signal,
    )
    if (answer.type !== 'found') throw new Error(`a search was answered with ${answer.type}`)
    return this.resultOf(answer)
  }

  /** Counts matching lines in equal time spans. Rejects like `query`. */
  async histogram(
    query: LogQuery,
    { buckets, signal }: { buckets: number; signal?: AbortSignal },
  ): Promise<LogHistogram> {
    checkPattern(query)
    const answer = await this.ask(
      (segments) => ({ type: 'histogram', query, buckets, segments }),
      signal,
    )
    if (answer.type !== 'counted') throw new Error(`a count was answered with ${answer.type}`)
    const { type: _, ...histogram } = answer
    return histogram
  }

  /** The slowest requests in memory and in `runsBefore`, which gets the first `seq` in memory. Rejects like `query`. */
  async slowest(
    query: LogQuery,
    {
      limit,
      signal,
      runsBefore = () => Promise.resolve([]),
    }: {
      limit: number
      signal?: AbortSignal
      runsBefore?: (firstSeq: number) => Promise<ExportRun[]>
    },
  ): Promise<Slowest> {
    checkPattern(query)
    const answer = await this.ask(async (segments) => {
      const firstSeq = segments[0]?.firstSeq ?? this.options.store.total
      return { type: 'slowest', query, limit, runs: await runsBefore(firstSeq), segments }
    }, signal)
    if (answer.type !== 'ranked') throw new Error(`a ranking was answered with ${answer.type}`)
    return { requests: answer.requests, total: answer.total }
  }

  private async ask(
    question: Waiting['question'],
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    if (this.isClosed) throw closed()
    if (signal?.aborted === true) throw cancelled()
    const { waitingMax = WAITING_MAX } = this.options
    if (this.waiting.length >= waitingMax) {
      throw new ControlError('search_busy', message('logs.busy', { waiting: waitingMax }))
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, signal, resolve, reject })
      this.working ??= this.work()
    })
  }

  /** Ends the thread; pending searches reject with `closed`. */
  async close(): Promise<void> {
    this.isClosed = true
    this.idleTimer.dispose()
    await this.thread?.end(closed())
    await this.working
    this.lines.release()
  }

  private async work(): Promise<void> {
    this.idleTimer.clear()
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      await this.run(next).then(next.resolve, next.reject)
    }
    this.working = null
    if (this.isClosed) return
    this.idleTimer.set(this.options.idleMs ?? IDLE_MS, () => this.goIdle()).unref()
  }

  private async run({ question, signal }: Waiting): Promise<Answer> {
    const segments = await this.lines.catchUp()
    if (this.isClosed) throw closed()
    if (signal?.aborted === true) throw cancelled()
    const thread = this.usableThread()
    const abort = () => {
      // The search rejects immediately; the thread ends in the background.
      thread.end(cancelled()).catch(() => undefined)
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await thread.ask(await question(segments), this.options.limitMs ?? LIMIT_MS)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  private usableThread(): SearchThread {
    if (this.thread?.isUsable !== true) this.thread = new SearchThread(this.options.entry)
    return this.thread
  }

  private resultOf({ seqs, counts, matched, searched }: SearchFound): LogSearchResult {
    const { store } = this.options
    const isHeld = (line: LogLine | undefined): line is LogLine => line !== undefined
    const lines = seqs.map((seq) => store.at(seq)).filter(isHeld)
    return { lines, counts, matched, searched, dropped: store.dropped }
  }

  private goIdle(): void {
    this.thread?.end(closed()).catch(() => undefined)
    this.lines.release()
  }
}

/** Throws `invalid_regex` with the engine's reason. */
export function checkPattern({ pattern = '', is_regex: isRegex = false }: LogQuery): void {
  const problem = isRegex ? regexProblem(pattern) : null
  if (problem !== null) throw new ControlError('invalid_regex', problem)
}

const closed = () => new ControlError('closed', message('logs.closed'))
const cancelled = () => new ControlError('cancelled', message('logs.cancelled'))
