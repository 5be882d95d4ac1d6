/** Exit codes of `switchyard`. docs/cli.md has the same table. */

export const CLI_EXIT_CODES = { ok: 0, failed: 1, usage: 2, no_panel: 3 } as const

export const EXIT_MEANINGS: Readonly<Record<keyof typeof CLI_EXIT_CODES, string>> = {
  ok: 'done',
  failed:
    'the command failed: a backend did not start, an answer was an error, a check found a fault',
  usage: 'the command line cannot be understood',
  no_panel: 'the command needs a running panel, and none was found',
}
