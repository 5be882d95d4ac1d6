/** The configuration file: read, watched, edited. Decides when a new one is tried; what it means for the processes is Fleet's. */
import { readFileSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { editConfig, type ConfigEdit } from '../config/edit.ts'
import { loadConfig, type ReservedPorts } from '../config/load.ts'
import { writeConfigFile } from '../config/write_file.ts'
import type { ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import type { ConfigView } from '../protocol/control.ts'
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

/** Editors write a file in several steps; it is read when they have been quiet this long. */
const QUIET_MS = 150

export class ConfigKeeper {
  private readonly options: ConfigKeeperOptions
  private reserved: ReservedPorts = {}
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
  open(reserved: ReservedPorts): void {
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

  /** The text on disk. Throws ControlError when it cannot be read. */
  text(): string {
    try {
      return readFileSync(this.options.file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new ControlError('unreadable', `${this.options.file} cannot be read (${code})`)
    }
  }

  /** Changes the file; the watch does the rest. `text` is what the editor saw: anything else on disk is left alone. */
  async edit(
    text: string,
    edits: readonly ConfigEdit[],
  ): Promise<{ text: string; problems: ConfigProblem[] }> {
    const { file } = this.options
    const edited = editConfig(text, edits, { file, reserved: this.reserved })
    if (!edited.ok) return { text, problems: edited.problems }
    const written = await writeConfigFile(file, edited.text, text)
    if (!written.ok) return { text, problems: [written.problem] }
    this.readSoon()
    return { text: edited.text, problems: [] }
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
