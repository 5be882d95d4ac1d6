import { InvalidArgumentError, type Command } from '@commander-js/extra-typings'
import type { Panel } from './panel.ts'

export interface CommandContext {
  /** `--json`: one JSON document, or one JSON line per streamed item. */
  isJson: boolean
  rootDir: string
  stateDir: string
  /** `--file`, or the default without a panel. */
  configFile: string
  /** `--file` was given and overrides the panel's. */
  isFileGiven: boolean
  /** Connects once; throws CliError `no_panel` if none is running. */
  panel(): Promise<Panel>
  /** null if none is running. Throws CliError if several are and none is selected, or if it is unreachable. */
  panelIfAny(): Promise<Panel | null>
  print(text: string): void
  note(text: string): void
  /** Aborted by Ctrl+C, which also closes the panel connection. */
  signal: AbortSignal
}

/** Wraps a command's function, which resolves to the exit code, as a commander action. */
export type AsAction = <A extends unknown[]>(
  work: (context: CommandContext, ...args: A) => Promise<number>,
) => (...args: A) => Promise<void>

export type AddCommand = (program: Command, action: AsAction) => void

export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`)
}
