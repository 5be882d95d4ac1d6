/** `new-backend`: hands over to the script that makes one. */
import { spawn } from 'node:child_process'
import { misused } from './cli_error.ts'
import type { Command } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { json } from './table.ts'

export const NEW_BACKEND: Command = {
  name: 'new-backend',
  usage: 'NAME [PORT]',
  summary: 'Makes a working backend from the template, with its config section and a test.',
  run: async ({ args, rootDir, isJson, print, note }) => {
    const [name, ...rest] = args
    if (name === undefined || rest.length > 1) throw misused('use new-backend NAME [PORT]')
    const script = ['--import', 'tsx', 'scripts/new_backend.ts', name, ...rest]
    const { code, said } = await runScript(script, rootDir, note)
    const isDone = code === 0
    print(isJson ? json({ name, ok: isDone, message: said.trim() }) : said)
    return isDone ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
  },
}

/** Resolves with what it printed; its errors go to `note` immediately. */
function runScript(
  args: readonly string[],
  cwd: string,
  note: (text: string) => void,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.stderr.setEncoding('utf8').on('data', note)
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, said })
    })
  })
}
