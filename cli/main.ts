/** Entry of `switchyard`: picks the command, gives it what it needs, and ends with its exit code. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { versionOf } from '../files/package_version.ts'
import { readRegularFile } from '../files/regular_file.ts'
import { messageOf } from '../protocol/errors.ts'
import { indentLines, printableLines } from '../protocol/printable.ts'
import { stateDirOf, stateLayout } from '../control/state_dir.ts'
import { RESTART, START, STATUS, STOP } from './backends.ts'
import { CliError, isExpected, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { CONFIG } from './config.ts'
import { CRASHES } from './crashes.ts'
import { DOCTOR } from './doctor.ts'
import { CLI_EXIT_CODES, EXIT_MEANINGS } from './exit_codes.ts'
import { BENCH, TEST } from './inference.ts'
import { LOGS } from './logs.ts'
import { NEW_BACKEND } from './new_backend.ts'
import { TOKEN } from './token.ts'
import { findPanel, noPanel, openPanel, type Panel } from './panel.ts'

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  STATUS,
  START,
  STOP,
  RESTART,
  LOGS,
  TEST,
  BENCH,
  CONFIG,
  DOCTOR,
  CRASHES,
  TOKEN,
  NEW_BACKEND,
]

const COMMON_FLAGS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  port: { type: 'string' },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  file: { type: 'string' },
} as const
const SHORT: Record<string, string> = { follow: 'f', lines: 'n', output: 'o' }

const TOKEN_FILE_BYTES_MAX = 1024

const COMMON_HELP = `Common to all:
  --json        one JSON document; JSON lines for logs -f
  --port P      of several running panels, the one on this port
  --url U       a panel elsewhere; its token from SWITCHYARD_PANEL_TOKEN, or --token-file FILE
                (never an argument: every user of the machine can read those)
  --file FILE   this configuration, whatever a panel reads (without either: config/models.yaml)
  --help        of a command, or of all
  --version

Exit codes:
${exitCodesInWords()}`

function exitCodesInWords(): string {
  const names = Object.keys(CLI_EXIT_CODES) as (keyof typeof CLI_EXIT_CODES)[]
  return names.map((name) => `  ${CLI_EXIT_CODES[name]}  ${EXIT_MEANINGS[name]}\n`).join('')
}

/** Runs one command line; resolves with the exit code. Rejects only with what is a bug. */
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
  const [first, ...rest] = argv
  if (first === '--version') {
    process.stdout.write(`${versionOf(rootDir)}\n`)
    return CLI_EXIT_CODES.ok
  }
  const command = COMMANDS.find(({ name }) => name === first)
  if (command === undefined) {
    const isHelp = first === undefined || first === '--help' || first === '-h' || first === 'help'
    if (!isHelp) throw misused(`there is no command "${first}"; \`switchyard --help\` lists them`)
    process.stdout.write(helpOf(COMMANDS))
    return CLI_EXIT_CODES.ok
  }
  const { values, positionals } = parse(command, rest)
  if (values['help'] === true || values['version'] === true) {
    process.stdout.write(
      values['help'] === true
        ? helpOf([command], command.details?.(positionals))
        : `${versionOf(rootDir)}\n`,
    )
    return CLI_EXIT_CODES.ok
  }
  const { context, close } = contextOf(rootDir, { values, positionals }, signal)
  try {
    return await command.run(context)
  } finally {
    await close()
  }
}

function parse(command: Command, args: string[]) {
  const own = Object.fromEntries(
    Object.entries(command.flags ?? {}).map(([name, type]) => [
      name,
      { type, ...(SHORT[name] === undefined ? {} : { short: SHORT[name] }) },
    ]),
  )
  try {
    const options = { ...COMMON_FLAGS, ...own }
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw misused(`${reason} Usage: switchyard ${command.name} ${command.usage}`)
  }
}

function contextOf(
  rootDir: string,
  given: { values: Record<string, string | boolean | undefined>; positionals: string[] },
  signal: AbortSignal,
): { context: CommandContext; close(): Promise<void> } {
  const { values, positionals } = given
  const text = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const stateDir = stateDirOf(process.env)
  let opening: Promise<Panel | null> | null = null
  const panelIfAny = () => {
    opening ??= (async () => {
      const address = await findPanel({
        folder: stateLayout(stateDir).running,
        url: text('url'),
        token: await givenToken(text('token-file')),
        port: text('port'),
      })
      if (address === null) return null
      const link = await openPanel(address)
      // Whatever is waited for ends with it.
      signal.addEventListener('abort', () => {
        link.dispose()
      })
      return link
    })()
    return opening
  }
  return {
    context: {
      args: positionals,
      flags: values,
      isJson: values['json'] === true,
      rootDir,
      stateDir,
      configFile: path.resolve(text('file') ?? path.join(rootDir, 'config', 'models.yaml')),
      isFileGiven: text('file') !== undefined,
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

function helpOf(commands: readonly Command[], details = ''): string {
  const lines = commands.map(
    ({ name, usage, summary }) => `  switchyard ${name} ${usage}\n      ${summary}\n`,
  )
  return `Usage:\n${lines.join('')}\n${details}${COMMON_HELP}`
}

/** `switchyard logs | head` is done when head is. Notes that nobody reads any more cost nothing. */
function endQuietlyOnBrokenPipe(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || code === 'EIO') process.exit(CLI_EXIT_CODES.ok)
    process.stderr.write(`switchyard: The output could not be written: ${message}.\n`)
    process.exit(CLI_EXIT_CODES.failed)
  })
}
