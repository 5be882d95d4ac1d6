/** Reads, watches and edits the configuration file and decides when to apply it; Fleet applies it. */
import { isDeepStrictEqual } from 'node:util'
import { editConfig, type ConfigEdit } from '../config/edit.ts'
import { offeringFreePorts } from '../config/free_port.ts'
import { loadConfig, parseConfig, readConfigText } from '../config/load.ts'
import { planOf } from '../config/plan.ts'
import { parseYaml } from '../config/parse_yaml.ts'
import type { ReservedAddress } from '../config/port_clashes.ts'
import { sectionsIn } from '../config/sections.ts'
import { writeConfigFile } from '../config/write_file.ts'
import { FileWatch } from '../files/file_watch.ts'
import { aboutKey, type ConfigProblem, type ModelsConfig } from '../protocol/config.ts'
import type { EditEffect } from '../protocol/config_edits.ts'
import type { ConfigView, ControlResult } from '../protocol/control.ts'
import { ControlError, saidBy } from '../protocol/errors.ts'
import { asText, joined, message } from '../protocol/messages.ts'
import { Timer } from '../protocol/disposables.ts'
import { isPortFree } from './ports/port_io.ts'
import type { ApplyFault, ApplyFaults } from './supervisor/fleet.ts'
import type { TakenBackText } from './taken_back.ts'

export interface ConfigKeeperOptions {
  file: string
  open(config: ModelsConfig): ApplyFaults
  /**
   * Applies a later configuration. For backends in `keepState` a changed `enabled` starts and stops nothing. Resolves
   * when it is active or reverted, with null when a newer one superseded it.
   */
  apply(config: ModelsConfig, keepState: ReadonlySet<string>): Promise<ApplyFaults | null>
  wordsOf(fault: ApplyFault, tried: ModelsConfig): Promise<TakenBackText | null>
  onChange(): void
  onProblems(problems: readonly ConfigProblem[]): void
  now(): number
}

type EditedFile = ControlResult<'config.edit'>

/** Debounce: editors write a file in several steps, and users click several switches. */
const QUIET_MS = 150

export class ConfigKeeper {
  private readonly options: ConfigKeeperOptions
  private reserved: readonly ReservedAddress[] = []
  private loadedAt: number | null = null
  private problems: ConfigProblem[] = []
  private watch: FileWatch | null = null
  private readonly timer = new Timer()
  private readonly applying = new Set<Promise<void>>()
  /** Number of the newest text; the outcome of an older one is not reported over it. */
  private newest = 0
  /** `enabled` values that were set for the next start only, until they take effect. */
  private readonly forNextStart = new Map<string, boolean>()
  private isClosed = false

  constructor(options: ConfigKeeperOptions) {
    this.options = options
  }

  view(): ConfigView {
    return { file: this.options.file, loaded_at: this.loadedAt, problems: this.problems }
  }

  async open(reserved: readonly ReservedAddress[]): Promise<void> {
    this.reserved = reserved
    const watch = await FileWatch.start([this.options.file], {
      quietMs: QUIET_MS,
      onChange: () => void this.read(),
      onFault: (_file, error) => {
        this.complain([this.problemOf({ backend: null, reason: saidBy(error) })])
      },
    })
    if (this.isClosed) watch.close()
    else this.watch = watch
    await this.read()
  }

  /** Reads the file now. `view` shows the outcome, as with a detected change. */
  async reload(): Promise<void> {
    await this.watch?.skip()
    await this.read()
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.watch?.close()
    this.timer.dispose()
    await Promise.all(this.applying)
  }

  /** Throws ControlError when it cannot be read. */
  async file(): Promise<ControlResult<'config.read'>> {
    const text = await this.text()
    return { file: this.options.file, text, sections: sectionsIn(text) }
  }

  /**
   * Writes the file; the watch applies it. `text` is what the editor loaded: a file with any other content is left
   * alone. With `atNextStart`, a changed `enabled` starts and stops nothing now.
   */
  async edit(
    text: string,
    edits: readonly ConfigEdit[],
    { atNextStart = false } = {},
  ): Promise<EditedFile> {
    const tried = await this.tryEdit(text, edits)
    if (tried.problems.length > 0) return tried
    const written = await writeConfigFile(this.options.file, tried.text, text)
    if (!written.ok) {
      const is_stale = await this.isOther(text)
      return { text, problems: [written.problem], is_stale, effects: [] }
    }
    if (atNextStart) for (const edit of edits) this.noteForNextStart(edit)
    await this.watch?.skip()
    this.readSoon()
    return { ...tried, is_stale: false }
  }

  async tryEdit(text: string, edits: readonly ConfigEdit[]): Promise<EditedFile> {
    const context = { file: this.options.file, reserved: this.reserved }
    const edited = await offeringFreePorts(
      (busy) => editConfig(text, edits, { ...context, busy }),
      (outcome) => (outcome.ok ? [] : outcome.problems),
      isPortFree,
    )
    const is_stale = await this.isOther(text)
    if (!edited.ok) return { text, problems: edited.problems, is_stale, effects: [] }
    const before = parseConfig(text, context.file, context.reserved)
    const effects = before.ok ? effectsOf(before.config, edited.config) : []
    return { text: edited.text, problems: [], is_stale, effects }
  }

  private async isOther(text: string): Promise<boolean> {
    return (await this.text()) !== text
  }

  private async text(): Promise<string> {
    try {
      return await readConfigText(this.options.file)
    } catch (error) {
      const reason = saidBy(error)
      const said = message('call.unreadable', { file: this.options.file, reason })
      throw new ControlError('unreadable', said)
    }
  }

  /** Never rejects: timers and the watch do not await it. */
  private async read(): Promise<void> {
    try {
      await this.readNow()
    } catch (error) {
      this.complain([this.problemOf({ backend: null, reason: saidBy(error) })])
    }
  }

  /** A rejected file only changes the notice; the last valid configuration stays active. */
  private async readNow(): Promise<void> {
    const number = ++this.newest
    const loaded = await loadConfig(this.options.file, this.reserved, isPortFree)
    if (this.isClosed || number !== this.newest) return
    if (!loaded.ok) this.complain(loaded.problems)
    else if (this.loadedAt === null) {
      this.accept()
      const faults = this.options.open(loaded.config)
      const fate = message('config.others_run')
      if (faults.length > 0) this.complain(faults.map((fault) => this.problemOf(fault, fate)))
    } else {
      const applied = this.apply(loaded.config, number)
      this.applying.add(applied)
      void applied.then(() => this.applying.delete(applied))
    }
    this.options.onChange()
  }

  private async apply(config: ModelsConfig, number: number): Promise<void> {
    const keepState = this.keptIn(config)
    const faults = await this.options
      .apply(config, keepState)
      .catch((error: unknown) => [{ backend: null, reason: saidBy(error) }])
    const isNewest = number === this.newest
    if (faults === null) return
    for (const backend of keepState) this.forNextStart.delete(backend)
    if (faults.length === 0) this.accept(isNewest)
    else if (isNewest) this.complain(await this.problemsOf(faults, config))
    this.options.onChange()
  }

  private noteForNextStart(edit: ConfigEdit): void {
    if (edit.edit !== 'set' || edit.path.join() !== 'enabled') return
    if (typeof edit.value === 'boolean') this.forNextStart.set(edit.backend, edit.value)
  }

  private keptIn({ model_backends: sections }: ModelsConfig): ReadonlySet<string> {
    const names = [...this.forNextStart].filter(
      ([backend, isEnabled]) => sections[backend]?.enabled === isEnabled,
    )
    return new Set(names.map(([backend]) => backend))
  }

  /** Keeps the notice of a file that was rejected in the meantime. */
  private accept(isNewest = true): void {
    this.loadedAt = this.options.now()
    if (isNewest) this.problems = []
  }

  private complain(problems: ConfigProblem[]): void {
    const isNews = !isDeepStrictEqual(problems, this.problems)
    this.problems = problems
    if (isNews) this.options.onProblems(problems)
  }

  private async problemsOf(faults: ApplyFaults, tried: ModelsConfig): Promise<ConfigProblem[]> {
    const read = parseYaml(await this.text().catch(() => ''))
    const problems = faults.map(async (fault) => {
      const words = await this.options.wordsOf(fault, tried)
      if (words === null) return this.problemOf(fault)
      const line = read.ok ? read.lineOf(words.key.split('.')) : null
      return { file: this.options.file, line, ...words }
    })
    return Promise.all(problems)
  }

  private problemOf(
    { backend, reason }: ApplyFault,
    fate = message('config.previous_active'),
  ): ConfigProblem {
    return {
      file: this.options.file,
      line: null,
      key: backend === null ? '' : `model_backends.${backend}`,
      ...asText({
        message: message('config.not_applied', { reason }),
        remedy: joined(fate, message('fix.file')),
      }),
    }
  }

  private readSoon(): void {
    this.timer.set(QUIET_MS, () => void this.read())
  }
}

function effectsOf(before: ModelsConfig, after: ModelsConfig): EditEffect[] {
  return planOf(before, after).flatMap(({ backend, keys }) =>
    keys.map((key) => ({ backend, key, effect: aboutKey(key).effect })),
  )
}
