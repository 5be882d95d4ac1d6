import { spawn } from 'node:child_process'
import type { AddCommand } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { json } from './table.ts'

export const addNewBackend: AddCommand = (program, action) =>
  program
    .command('new-backend')
    .description('Create a working backend from the template, with its config section and a test.')
    .argument('<name>', 'lower case letters, digits, "-" and "_"')
    .argument('[port]', 'its port (default: a free one)')
    .action(
      action(async ({ rootDir, isJson, print, note }, name, port) => {
        const script = ['--import', 'tsx', 'scripts/new_backend.ts', name]
        const args = port === undefined ? script : [...script, port]
        const { code, said } = await runScript(args, rootDir, note)
        const isDone = code === 0
        print(isJson ? json({ name, ok: isDone, message: said.trim() }) : said)
        return isDone ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
      }),
    )

/** Resolves with stdout; forwards stderr to `note`. */
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
