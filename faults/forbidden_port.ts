/** A port that the kernel really forbids to a program, in a private network namespace. Linux only. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isPortFree } from '../testing/processes.ts'

const KERNEL = '/proc/sys/net/ipv4'
/** The configuration accepts no port below. */
const PORT_MIN = 1024

/**
 * `command` with its port forbidden: in a new user and network namespace (unshare(1)) all ports below the ephemeral ones are
 * privileged (ip_unprivileged_port_start, https://docs.kernel.org/networking/ip-sysctl.html), and the right to use them is dropped
 * (setpriv(1), CAP_NET_BIND_SERVICE). null where the system has no such namespaces, or does not let this user make one.
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

/** The first port that the kernel hands out by itself: no port above may be privileged. */
function ephemeralStart(): number | null {
  try {
    return Number(/^\d+/.exec(readFileSync(`${KERNEL}/ip_local_port_range`, 'utf8'))?.[0])
  } catch {
    return null
  }
}
