/** `switchyard token`: shows the address that signs a browser in, and replaces the token. */
import { messageOf } from '../protocol/errors.ts'
import { stateLayout } from '../control/state_dir.ts'
import { replaceTokenFile } from '../control/token_file.ts'
import { failed, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import type { PanelAddress } from './panel.ts'

export const TOKEN: Command = {
  name: 'token',
  usage: 'show | replace',
  summary:
    'Prints the address that opens the panel; `replace` makes a new token first and signs out every browser and program.',
  run: async (context) => {
    const [action, ...rest] = context.args
    if (rest.length > 0 || (action !== 'show' && action !== 'replace')) {
      throw misused('Usage: switchyard token show | replace')
    }
    if (action === 'show') print(context, (await context.panel()).address)
    else await replace(context)
    return CLI_EXIT_CODES.ok
  },
}

async function replace(context: CommandContext): Promise<void> {
  const panel = await context.panelIfAny()
  if (panel !== null) {
    const { token } = await panel.call('token.replace', {})
    print(context, { ...panel.address, token })
    return
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
}

function print({ isJson, print: write }: CommandContext, { http, token }: PanelAddress): void {
  const url = `${http}/?token=${token}`
  write(isJson ? `${JSON.stringify({ panel: url })}\n` : `Panel: ${url}\n`)
}
