/** What every command is given, and what it returns. */
import type { Panel } from './panel.ts'

export type FlagValue = string | boolean | undefined

export interface CommandContext {
  /** What follows the name of the command. */
  args: readonly string[]
  flags: Readonly<Record<string, FlagValue>>
  /** `--json`: one JSON document, or a JSON line for each thing that is followed. */
  isJson: boolean
  rootDir: string
  stateDir: string
  /** `--file`, else the file that is meant when no panel runs. */
  configFile: string
  /** `--file` was given: that file is meant, whatever a panel reads. */
  isFileGiven: boolean
  /** Connects to the running panel once; throws CliError `no_panel` when none runs. */
  panel(): Promise<Panel>
  /** The same, or null when none runs. Throws CliError when several run and none is chosen, or the one named is out of reach. */
  panelIfAny(): Promise<Panel | null>
  print(text: string): void
  /** What is not the result: progress, and what was left out. Goes to stderr. */
  note(text: string): void
  /** Aborted by Ctrl+C; the connection to the panel is closed then. */
  signal: AbortSignal
}

export interface Command {
  name: string
  /** After the name: `NAME.. | --all`. */
  usage: string
  summary: string
  /** More for the `--help` of these arguments. */
  details?(args: readonly string[]): string
  /** Flags in addition to the common ones; `string` takes a value. */
  flags?: Readonly<Record<string, 'string' | 'boolean'>>
  /** Resolves with the exit code. */
  run(context: CommandContext): Promise<number>
}

/** A flag with a value. */
export function textFlag({ flags }: CommandContext, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}
