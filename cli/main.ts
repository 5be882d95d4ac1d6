import { Command, CommanderError } from '@commander-js/extra-typings'
import path from 'node:path'
import { versionOf } from '../files/package_version.ts'
import { readRegularFile } from '../files/regular_file.ts'
import { messageOf } from '../protocol/errors.ts'
import { indentLines, printableLines } from '../protocol/printable.ts'
import { Disposables } from '../protocol/disposables.ts'
import { stateDirOf, stateLayout } from '../control/state_dir.ts'
import { addRestart, addStart, addStatus, addStop } from './backends.ts'
import { CliError, isExpected, misused } from './cli_error.ts'
import type { AddCommand, AsAction, CommandContext } from './command.ts'
import { addConfig } from './config.ts'
import { addCrashes } from './crashes.ts'
import { addDoctor } from './doctor.ts'
import { CLI_EXIT_CODES, EXIT_MEANINGS } from './exit_codes.ts'
import { addBench, addTest } from './inference.ts'
import { addLogs } from './logs.ts'
import { addNewBackend } from './new_backend.ts'
import { addToken } from './token.ts'
import { findPanel, noPanel, openPanel, type Panel } from './panel.ts'

const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addStart,
  addStop,
  addRestart,
  addLogs,
  addTest,
  addBench,
  addConfig,
  addDoctor,
  addCrashes,
  addToken,
  addNewBackend,
]

const TOKEN_FILE_BYTES_MAX = 1024

function exitCodesText(): string {
  const names = Object.keys(CLI_EXIT_CODES) as (keyof typeof CLI_EXIT_CODES)[]
  return names.map((name) => `\n  ${CLI_EXIT_CODES[name]}  ${EXIT_MEANINGS[name]}`).join('')
}

export function createProgram(version: string, asAction: AsAction) {
  const program = new Command('switchyard')
    .option('--json', 'print one JSON document, or JSON lines for logs -f')
    .option('--port <port>', 'of several running panels, the one on this port')
    .option('--url <url>', 'a panel elsewhere; its token comes from SWITCHYARD_PANEL_TOKEN')
    // Not an argument: other users could read it.
    .option('--token-file <file>', 'read the token of that panel from a file')
    .option('--file <file>', 'this configuration instead of the one that the panel reads')
    .version(version, '--version')
    .addHelpText('afterAll', `\nExit codes:${exitCodesText()}`)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
  for (const add of COMMANDS) add(program, asAction)
  return program
}

type GlobalOptions = ReturnType<ReturnType<typeof createProgram>['opts']>

/** Resolves with the exit code. Rejects only for bugs. */
export async function runCli(given: { argv: string[]; rootDir: string }): Promise<number> {
  const ending = new AbortController()
  // Once: a second Ctrl+C skips the orderly stop.
  process.once('SIGINT', () => {
    ending.abort()
  })
  endQuietlyOnBrokenPipe()
  try {
    return await run(given, ending.signal)
  } catch (error) {
    if (!isExpected(error)) throw error
    const exitCode = error instanceof CliError ? error.exitCode : CLI_EXIT_CODES.failed
    const message = ending.signal.aborted
      ? 'interrupted; what was asked of the panel goes on there'
      : error.message
    process.stderr.write(`switchyard: ${indentLines(printableLines(message))}\n`)
    if (given.argv.includes('--json')) {
      process.stdout.write(`${JSON.stringify({ error: { message, exit_code: exitCode } })}\n`)
    }
    return exitCode
  }
}

async function run(
  { argv, rootDir }: { argv: string[]; rootDir: string },
  signal: AbortSignal,
): Promise<number> {
  let exitCode: number = CLI_EXIT_CODES.ok
  const asAction: AsAction =
    (work) =>
    async (...args) => {
      const { context, close } = contextOf(rootDir, program.opts(), signal)
      try {
        exitCode = await work(context, ...args)
      } finally {
        await close()
      }
    }
  const program = createProgram(versionOf(rootDir), asAction)
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return CLI_EXIT_CODES.ok
    if (error.code === 'commander.help') return CLI_EXIT_CODES.usage
    const message = error.message.replace(/^error: /, '')
    throw misused(message.charAt(0).toUpperCase() + message.slice(1))
  }
  return exitCode
}

function contextOf(
  rootDir: string,
  { json, port, url, tokenFile, file }: GlobalOptions,
  signal: AbortSignal,
): { context: CommandContext; close(): Promise<void> } {
  const stateDir = stateDirOf(process.env)
  const opened = new Disposables()
  let opening: Promise<Panel | null> | null = null
  const panelIfAny = () => {
    opening ??= (async () => {
      const address = await findPanel({
        folder: stateLayout(stateDir).running,
        url,
        token: await givenToken(tokenFile),
        port,
      })
      if (address === null) return null
      const link = await openPanel(address)
      opened.onAbort(signal, () => link.dispose())
      return link
    })()
    return opening
  }
  return {
    context: {
      isJson: json === true,
      rootDir,
      stateDir,
      configFile: path.resolve(file ?? path.join(rootDir, 'config', 'models.yaml')),
      isFileGiven: file !== undefined,
      panelIfAny,
      panel: async () => (await panelIfAny()) ?? Promise.reject(noPanel()),
      print: (words) => {
        process.stdout.write(words)
      },
      note: (words) => {
        process.stderr.write(words)
      },
      signal,
    },
    close: async () => {
      const link = await opening?.catch(() => null)
      link?.dispose()
      await opened.dispose()
    },
  }
}

async function givenToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env['SWITCHYARD_PANEL_TOKEN']
  try {
    return (await readRegularFile(file, TOKEN_FILE_BYTES_MAX)).toString('utf8').trim()
  } catch (error) {
    throw misused(`--token-file ${file} cannot be read: ${messageOf(error)}`)
  }
}

/** For `switchyard logs | head`: exits when stdout closes; ignores a closed stderr. */
function endQuietlyOnBrokenPipe(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || code === 'EIO') process.exit(CLI_EXIT_CODES.ok)
    process.stderr.write(`switchyard: The output could not be written: ${message}.\n`)
    process.exit(CLI_EXIT_CODES.failed)
  })
}
