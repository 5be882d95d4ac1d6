/** A port that the kernel forbids, in a private network namespace. Linux only. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isPortFree } from '../testing/processes.ts'

const KERNEL = '/proc/sys/net/ipv4'
/** The configuration accepts no lower port. */
const PORT_MIN = 1024

/**
 * Wraps `command`: in a new user and network namespace (unshare(1)) all ports below the ephemeral range are
 * privileged (ip_unprivileged_port_start, https://docs.kernel.org/networking/ip-sysctl.html), and the capability is
 * dropped (setpriv(1), CAP_NET_BIND_SERVICE). null if the system does not support or allow this.
 */
export async function withPortForbidden(
  command: readonly string[],
): Promise<{ port: number; command: string[] } | null> {
  const end = process.platform === 'linux' ? ephemeralStart() : null
  if (end === null) return null
  const prefix = [
    ...['unshare', '--user', '--map-root-user', '--net', 'sh', '-c'],
    `echo ${end} > ${KERNEL}/ip_unprivileged_port_start && exec setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service "$@"`,
    'sh',
  ]
  const [program = '', ...args] = prefix
  if (spawnSync(program, [...args, 'true']).status !== 0) return null
  for (let port = end - 1; port >= PORT_MIN; port--) {
    if (await isPortFree(port)) return { port, command: [...prefix, ...command] }
  }
  return null
}

/** First ephemeral port: higher ports cannot be privileged. */
function ephemeralStart(): number | null {
  try {
    return Number(/^\d+/.exec(readFileSync(`${KERNEL}/ip_local_port_range`, 'utf8'))?.[0])
  } catch {
    return null
  }
}
