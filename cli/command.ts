/** What every command is given, and how its options are read. */
import { InvalidArgumentError, type Command } from '@commander-js/extra-typings'
import type { Panel } from './panel.ts'

export interface CommandContext {
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

/** Turns the work of a command, which resolves with the exit code, into what commander calls with the arguments and options. */
export type AsAction = <A extends unknown[]>(
  work: (context: CommandContext, ...args: A) => Promise<number>,
) => (...args: A) => Promise<void>

/** Declares a command and its options. */
export type AddCommand = (program: Command, action: AsAction) => void

/** Reads the value of an option as a whole number. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`)
}
