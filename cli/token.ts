import { messageOf } from '../protocol/errors.ts'
import { stateLayout } from '../control/state_dir.ts'
import { replaceTokenFile } from '../control/token_file.ts'
import { failed } from './cli_error.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import type { PanelAddress } from './panel.ts'

export const addToken: AddCommand = (program, action) => {
  const token = program.command('token').description('Show or replace the access token.')
  token
    .command('show')
    .description('Print the address that opens the panel.')
    .action(action(async (context) => print(context, (await context.panel()).address)))
  token
    .command('replace')
    .description('Make a new token, which signs out every browser and program.')
    .action(action((context) => replace(context)))
}

async function replace(context: CommandContext): Promise<number> {
  const panel = await context.panelIfAny()
  if (panel !== null) {
    const { token } = await panel.call('token.replace', {})
    return print(context, { ...panel.address, token })
  }
  const file = stateLayout(context.stateDir).token
  try {
    await replaceTokenFile(file)
  } catch (error) {
    throw failed(`the token file ${file} cannot be written: ${messageOf(error)}`)
  }
  if (context.isJson) context.print(`${JSON.stringify({ panel: null })}\n`)
  else
    context.print('The token was replaced. The next start of Switchyard prints the new address.\n')
  return CLI_EXIT_CODES.ok
}

function print({ isJson, print: write }: CommandContext, { http, token }: PanelAddress): number {
  const url = `${http}/?token=${token}`
  write(isJson ? `${JSON.stringify({ panel: url })}\n` : `Panel: ${url}\n`)
  return CLI_EXIT_CODES.ok
}
