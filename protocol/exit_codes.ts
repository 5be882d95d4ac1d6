/** Exit codes of a backend process; the control plane decodes them into a sentence. */
export const EXIT_CODES = {
  ok: 0,
  internal: 1,
  usage: 2,
  model_unavailable: 3,
  port_unavailable: 4,
} as const

const MEANINGS: Record<number, string> = {
  [EXIT_CODES.ok]: 'ended by itself',
  [EXIT_CODES.internal]: 'ended on an internal error',
  [EXIT_CODES.usage]: 'refused its command line or settings',
  [EXIT_CODES.model_unavailable]: 'could not load its model',
  [EXIT_CODES.port_unavailable]: 'could not listen on its port',
}

/** "exit code 3: could not load its model" or "ended by signal SIGKILL". */
export function describeExit(code: number | null, signal: string | null): string {
  if (signal !== null) return `ended by signal ${signal}`
  if (code === null) return 'ended without an exit code'
  const meaning = MEANINGS[code]
  return meaning === undefined ? `exit code ${code}` : `exit code ${code}: ${meaning}`
}
