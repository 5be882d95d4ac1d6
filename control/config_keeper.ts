/** The configuration file: read, watched, edited. Decides when a new one is tried; what it means for the processes is Fleet's. */
import { readFileSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { editConfig, type ConfigEdit } from '../config/edit.ts'
import { loadConfig, parseConfig } from '../config/load.ts'
import { KEY_EFFECTS, planOf } from '../config/plan.ts'
import type { ReservedAddress } from '../config/port_clashes.ts'
import { sectionsIn } from '../config/sections.ts'
import { writeConfigFile } from '../config/write_file.ts'
import type { BackendConfig, ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import type { EditEffect } from '../protocol/config_edits.ts'
import type { ConfigView, ControlResult } from '../protocol/control.ts'
import { ControlError } from './http/control_error.ts'
import type { ApplyFaults } from './supervisor/fleet.ts'

export interface ConfigKeeperOptions {
  file: string
  /** The first good configuration. */
  open(config: ModelsConfig): void
  /** A later one; resolves when it is in force or taken back. */
  apply(config: ModelsConfig): Promise<ApplyFaults>
  onChange(): void
  onProblems(problems: readonly ConfigProblem[]): void
  warn(message: string): void
  /** Unix ms. */
  now(): number
}

type EditedFile = ControlResult<'config.edit'>

/** Editors write a file in several steps; it is read when they have been quiet this long. */
const QUIET_MS = 150

export class ConfigKeeper {
  private readonly options: ConfigKeeperOptions
  private reserved: readonly ReservedAddress[] = []
  private loadedAt: number | null = null
  private problems: ConfigProblem[] = []
  private watcher: FSWatcher | null = null
  private timer: NodeJS.Timeout | null = null
  /** Set while a configuration is being applied. */
  private applying: Promise<void> | null = null
  private isStale = false
  private isClosed = false

  constructor(options: ConfigKeeperOptions) {
    this.options = options
  }

  view(): ConfigView {
    return { file: this.options.file, loaded_at: this.loadedAt, problems: this.problems }
  }

  /** Reads the file, starts what it says, and watches it. */
  open(reserved: readonly ReservedAddress[]): void {
    this.reserved = reserved
    this.read()
    this.watchFile()
  }

  /** Resolves when nothing is being applied any more. */
  async close(): Promise<void> {
    this.isClosed = true
    this.watcher?.close()
    if (this.timer !== null) clearTimeout(this.timer)
    await this.applying
  }

  /** The file on disk. Throws ControlError when it cannot be read. */
  file(): ControlResult<'config.read'> {
    const text = this.text()
    return { file: this.options.file, text, sections: sectionsIn(text) }
  }

  /** Changes the file; the watch does the rest. `text` is what the editor saw: anything else on disk is left alone. */
  async edit(text: string, edits: readonly ConfigEdit[]): Promise<EditedFile> {
    const tried = this.tryEdit(text, edits)
    if (tried.problems.length > 0) return tried
    const written = await writeConfigFile(this.options.file, tried.text, text)
    if (!written.ok) {
      return { text, problems: [written.problem], is_stale: this.isOther(text), effects: [] }
    }
    this.readSoon()
    return { ...tried, is_stale: false }
  }

  /** What `edit` would answer, without writing. */
  tryEdit(text: string, edits: readonly ConfigEdit[]): EditedFile {
    const context = { file: this.options.file, reserved: this.reserved }
    const edited = editConfig(text, edits, context)
    const is_stale = this.isOther(text)
    if (!edited.ok) return { text, problems: edited.problems, is_stale, effects: [] }
    const before = parseConfig(text, context.file, context.reserved)
    const effects = before.ok ? effectsOf(before.config, edited.config) : []
    return { text: edited.text, problems: [], is_stale, effects }
  }

  private isOther(text: string): boolean {
    return this.text() !== text
  }

  /** Throws ControlError when it cannot be read. */
  private text(): string {
    try {
      return readFileSync(this.options.file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new ControlError('unreadable', `${this.options.file} cannot be read (${code})`)
    }
  }

  /** A refused file changes nothing but the notice: the last good configuration stays in force. */
  private read(): void {
    if (this.isClosed) return
    if (this.applying !== null) {
      this.isStale = true
      return
    }
    const loaded = loadConfig(this.options.file, this.reserved)
    if (!loaded.ok) {
      this.complain(loaded.problems)
    } else if (this.loadedAt === null) {
      this.accept()
      this.options.open(loaded.config)
    } else {
      this.applying = this.apply(loaded.config)
    }
    this.options.onChange()
  }

  private async apply(config: ModelsConfig): Promise<void> {
    const faults = await this.options.apply(config)
    if (faults.length === 0) this.accept()
    else this.complain(faults.map((fault) => this.problemOf(fault)))
    this.applying = null
    this.options.onChange()
    if (!this.isStale) return
    this.isStale = false
    this.read()
  }

  private accept(): void {
    this.loadedAt = this.options.now()
    this.problems = []
  }

  private complain(problems: ConfigProblem[]): void {
    const isNews = !isDeepStrictEqual(problems, this.problems)
    this.problems = problems
    if (isNews) this.options.onProblems(problems)
  }

  private problemOf({ backend, reason }: ApplyFaults[number]): ConfigProblem {
    return {
      file: this.options.file,
      line: null,
      key: `model_backends.${backend}`,
      message: `was taken back, ${backend} did not become ready with it: ${reason}`,
      remedy: 'the configuration before runs on; mend the file and save it again',
    }
  }

  /** Watches the folder: an editor that saves by renaming replaces the file itself. */
  private watchFile(): void {
    const { dir, base } = path.parse(this.options.file)
    try {
      this.watcher = watch(dir, (_event, changed) => {
        if (changed === null || changed === base) this.readSoon()
      })
      this.watcher.on('error', (error) => {
        this.options.warn(`the config file is no longer watched: ${error.message}`)
      })
    } catch (error) {
      this.options.warn(`the config file cannot be watched: ${String(error)}`)
    }
  }

  private readSoon(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.read()
    }, QUIET_MS)
  }
}

function effectsOf(before: ModelsConfig, after: ModelsConfig): EditEffect[] {
  return planOf(before, after).flatMap(({ backend, keys }) =>
    keys.map((key) => ({ backend, key, effect: KEY_EFFECTS[key as keyof BackendConfig] })),
  )
}
