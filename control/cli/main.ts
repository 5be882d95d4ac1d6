/** Entry of `switchyard`: picks the command, gives it what it needs, and ends with its exit code. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { stateDirOf, stateLayout } from '../state_dir.ts'
import { RESTART, START, STATUS, STOP } from './backends.ts'
import { CLI_EXIT_CODES, CliError, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { CONFIG } from './config.ts'
import { CRASHES } from './crashes.ts'
import { DOCTOR } from './doctor.ts'
import { BENCH, TEST } from './inference.ts'
import { LOGS } from './logs.ts'
import { findPanel, noPanel, PanelLink } from './panel_link.ts'

const NEW_BACKEND: Command = {
  name: 'new-backend',
  usage: 'NAME [PORT]',
  summary: 'Makes a working backend from the template, with its config section and a test.',
  run: ({ args, rootDir }) =>
    new Promise((resolve, reject) => {
      const script = path.join(rootDir, 'build', 'new_backend.mjs')
      const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
      child.once('error', reject)
      child.once('exit', (code) => {
        resolve(code ?? CLI_EXIT_CODES.failed)
      })
    }),
}

/** In the order of the help. */
const COMMANDS: readonly Command[] = [
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
  NEW_BACKEND,
]

const COMMON_FLAGS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  port: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  file: { type: 'string' },
} as const
const SHORT: Record<string, string> = { follow: 'f', lines: 'n', output: 'o' }

const COMMON_HELP = `Common to all:
  --json        one JSON document, or JSON lines
  --port P      of several running panels, the one on this port
  --url U       a panel elsewhere, with --token T (or SWITCHYARD_PANEL_TOKEN)
  --file FILE   the configuration, where no panel runs (default config/models.yaml)
  --help        of a command, or of all; --version

Exit codes: 0 done, 1 what was asked for failed, 2 wrong command line, 3 no panel runs.
`

/** Runs one command line; resolves with the exit code. Nothing is thrown. */
export async function runCli(given: { argv: string[]; rootDir: string }): Promise<number> {
  const ending = new AbortController()
  process.once('SIGINT', () => {
    ending.abort()
  })
  endQuietlyOnBrokenPipe()
  try {
    return await run(given, ending.signal)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(`switchyard: ${error.message}\n`)
    return error.exitCode
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
  if (values['help'] === true) {
    process.stdout.write(helpOf([command]))
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
  let opening: Promise<PanelLink | null> | null = null
  const panelIfAny = () => {
    opening ??= (async () => {
      const address = await findPanel({
        folder: stateLayout(stateDir).running,
        url: text('url') ?? process.env['SWITCHYARD_URL'],
        token: text('token') ?? process.env['SWITCHYARD_PANEL_TOKEN'],
        port: text('port'),
      })
      return address === null ? null : PanelLink.open(address)
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
      panelIfAny,
      panel: async () => (await panelIfAny()) ?? Promise.reject(noPanel()),
      print: (words) => {
        process.stdout.write(words)
      },
      signal,
    },
    close: async () => {
      const link = await opening?.catch(() => null)
      link?.close()
    },
  }
}

function helpOf(commands: readonly Command[]): string {
  const lines = commands.map(
    ({ name, usage, summary }) => `  switchyard ${name} ${usage}\n      ${summary}\n`,
  )
  return `Usage:\n${lines.join('')}\n${COMMON_HELP}`
}

/** `switchyard logs | head` is done when head is. */
function endQuietlyOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(CLI_EXIT_CODES.ok)
    throw error
  })
}

function versionOf(rootDir: string): string {
  const text = readFileSync(path.join(rootDir, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
