/** The port doctor: why a port is unavailable, who holds it, and which port is free instead. */
import { PORT_MAX } from '../../protocol/config.ts'
import type { PortReport, PortVerdict } from '../../protocol/ports.ts'
import { findHolder, unknownHolder } from './holder.ts'
import { timeWaitSeconds } from './linux_holder.ts'
import { machinePortIo, type PortIo } from './port_io.ts'
import { isWithin, readPortRules, type PortRules } from './port_rules.ts'
import { reportOf, type PortFindings } from './port_text.ts'
import { suggestPort } from './suggest_port.ts'

export interface PortQuestion {
  host: string
  port: number
  /** Never suggested: ports of the configuration and the panel. */
  reserved: ReadonlySet<number>
  platform?: NodeJS.Platform
  io?: PortIo
}

/**
 * Listens on the port for a moment and examines a failure. The holder of the port gets one health check. Rejects with
 * RangeError outside of 1-65535, and with the error's code for failures unrelated to the port, such as EMFILE.
 */
export async function examinePort(question: PortQuestion): Promise<PortReport> {
  const { host, port, reserved, platform = process.platform, io = machinePortIo } = question
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) {
    throw new RangeError(`${port} is not a port. Use a whole number of 1-${PORT_MAX}.`)
  }
  const resolved = await addressOf(host, io)
  const address = resolved.address ?? host
  const rules = await readPortRules(platform, address, io)
  const base = { host, port, rules, platform, now: io.now() }
  const nobody = { holder: null, speaks: null, free_in_s: null, suggestion: null }
  if (resolved.address === null) {
    return reportOf({ ...base, ...nobody, verdict: 'unavailable_address', refusal: resolved.code })
  }
  const refusal = await io.tryBind(address, port)
  const verdict = verdictOf(refusal, { port, host, rules })
  if (verdict === 'free' || verdict === 'unavailable_address') {
    return reportOf({ ...base, ...nobody, verdict, refusal })
  }
  const taken = new Set([...reserved, port])
  const suggestion = await suggestPort({ address, taken, rules, near: port }, io)
  const held = await describeHeld({ ...base, verdict, refusal }, address, io)
  return reportOf({ ...base, ...held, refusal, suggestion })
}

async function addressOf(
  host: string,
  io: PortIo,
): Promise<{ address: string } | { address: null; code: string }> {
  try {
    return { address: await io.resolve(host) }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (UNRESOLVED.includes(code)) return { address: null, code }
    throw error
  }
}

/** Error codes of getaddrinfo(3) for a name without an address. */
const UNRESOLVED = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL']

function verdictOf(
  refusal: string | null,
  { port, host, rules }: { port: number; host: string; rules: PortRules },
): PortVerdict {
  switch (refusal) {
    case null:
      return 'free'
    case 'EADDRINUSE':
      return 'in_use'
    case 'EACCES':
    case 'EPERM':
      return rules.excluded.some((range) => isWithin(port, range)) ? 'excluded' : 'forbidden'
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return 'unavailable_address'
    default:
      throw new Error(
        `Could not listen on port ${port} of ${host} (${refusal}). The cause is in the system, not the port. Fix it and try again.`,
      )
  }
}

type Held = Pick<PortFindings, 'verdict' | 'holder' | 'speaks' | 'free_in_s'>

/** Windows also returns EACCES for a port held exclusively (SO_EXCLUSIVEADDRUSE). */
async function describeHeld(
  { verdict, platform, port }: Pick<PortFindings, 'verdict' | 'refusal' | 'platform' | 'port'>,
  address: string,
  io: PortIo,
): Promise<Held> {
  const mayBeHeld = verdict === 'in_use' || (platform === 'win32' && verdict === 'forbidden')
  const found = mayBeHeld ? await findHolder(platform, address, port, io) : null
  const nobody = { holder: null, speaks: null, free_in_s: null }
  if (found === null && verdict !== 'in_use') return { verdict, ...nobody }
  const freeInS =
    found === null && platform === 'linux' ? await timeWaitSeconds(address, port, io) : null
  if (freeInS !== null) return { verdict: 'in_use', ...nobody, free_in_s: freeInS }
  return {
    verdict: 'in_use',
    free_in_s: null,
    holder: found ?? unknownHolder(platform, port),
    speaks: await io.ask(address, port),
  }
}
