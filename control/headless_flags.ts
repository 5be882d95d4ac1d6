import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import path from 'node:path'
import { readHost } from '../protocol/address.ts'
import { PANEL_PORT_DEFAULT } from '../protocol/config.ts'
import { messageOf } from '../protocol/errors.ts'
import { readAllowed } from '../protocol/origin.ts'
import type { Terminal } from './terminal.ts'

export const headlessProgram = () =>
  new Command('npm run headless --')
    .description('Serve the panel and the gateway without a window.')
    .option(
      '--host <address>',
      'address to listen on; all but loopback require the token',
      host,
      '127.0.0.1',
    )
    .option(
      '--port <port>',
      'port of panel and gateway; 0 selects any free port',
      port,
      PANEL_PORT_DEFAULT,
    )
    .option('--config <file>', 'configuration file (default: config/models.yaml)')
    .option('--no-open', 'do not open a browser')
    .option(
      '--allow-host <name>',
      'another host name that clients use: ai.example.com, *.example.com, .local; repeatable',
      collect,
    )
    .option(
      '--allow-origin <origin>',
      'web origin that may use the gateway: https://app.example.com, vscode-webview://*, null; repeatable',
      collect,
    )
    .showHelpAfterError('Add --help for all options.')
    .exitOverride()

/** Throws CommanderError after printing the help or the error. */
export function readFlags(argv: string[], rootDir: string, terminal: Terminal) {
  const program = headlessProgram().configureOutput({
    writeOut: (text) => {
      terminal.print(text.trimEnd())
    },
    writeErr: (text) => {
      terminal.note(text.trimEnd())
    },
  })
  const flags = program.parse(argv, { from: 'user' }).opts()
  const allowed = (kind: 'host' | 'origin', texts: readonly string[]) => {
    try {
      return readAllowed(kind, texts)
    } catch (error) {
      return program.error(messageOf(error))
    }
  }
  return {
    host: flags.host,
    port: flags.port,
    configFile: path.resolve(flags.config ?? path.join(rootDir, 'config', 'models.yaml')),
    open: flags.open && process.stdout.isTTY,
    allowed: {
      names: allowed('host', flags.allowHost ?? []),
      origins: allowed('origin', flags.allowOrigin ?? []),
    },
  }
}

const collect = (one: string, before: readonly string[] = []) => [...before, one]

function host(text: string): string {
  const read = readHost(text)
  if (read.ok) return read.host
  throw new InvalidArgumentError(`It ${read.fault.message}. ${read.remedy.message}`)
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Use 0 (any free port) to 65535.')
}
