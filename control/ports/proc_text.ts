/** Parses Linux's /proc and /etc/passwd. Formats: proc(5), proc_net(5), passwd(5). */

export interface ProcSocket {
  address: string
  port: number
  isListening: boolean
  uid: number
  /** 0 for a socket without a process. */
  inode: number
}

/** `TCP_LISTEN` of the kernel's include/net/tcp_states.h. */
const STATE_LISTEN = '0A'
/** `TCP_TIME_WAIT`: a closed connection that still blocks listening on its local port. */
const STATE_TIME_WAIT = '06'

/** Sockets of /proc/net/tcp or tcp6. Skips unknown lines and TIME_WAIT, which has no process. */
export function parseProcNetTcp(text: string, endianness: 'LE' | 'BE'): ProcSocket[] {
  return rowsOf(text, endianness).flatMap(({ state, timer: _timer, ...socket }) =>
    state === STATE_TIME_WAIT ? [] : [{ ...socket, isListening: state === STATE_LISTEN }],
  )
}

/** `TCP_TIMEWAIT_LEN` of the kernel's include/net/tcp.h. */
const TIME_WAIT_SECONDS = 60

interface TimeWait {
  address: string
  port: number
  isListening: false
  seconds: number
}

export function parseTimeWaits(text: string, endianness: 'LE' | 'BE'): TimeWait[] {
  return rowsOf(text, endianness)
    .filter(({ state }) => state === STATE_TIME_WAIT)
    .map(({ address, port, timer }) => {
      // The second part of `tr tm->when` is hexadecimal ticks.
      const ticks = Number.parseInt(timer.split(':')[1] ?? '', 16)
      const seconds = Number.isNaN(ticks) ? TIME_WAIT_SECONDS : Math.ceil(ticks / TICKS_PER_SECOND)
      return { address, port, isListening: false, seconds: Math.min(seconds, TIME_WAIT_SECONDS) }
    })
}

function rowsOf(text: string, endianness: 'LE' | 'BE') {
  return text.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    const [, local = '', , state = '', , timer = '', , uid = '', , inode = ''] = columns
    const place = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local)
    if (place === null || !/^\d+$/.test(inode)) return []
    const [, address = '', port = ''] = place
    return [
      {
        address: addressOfHex(address, endianness),
        port: Number.parseInt(port, 16),
        state,
        timer,
        uid: Number(uid),
        inode: Number(inode),
      },
    ]
  })
}

/** The kernel prints an address as 32-bit words in native byte order. */
function addressOfHex(hex: string, endianness: 'LE' | 'BE'): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const ofWord = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
    return endianness === 'LE' ? ofWord.reverse() : ofWord
  })
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}

/** USER_HZ is 100 on every architecture that Node supports (asm-generic/param.h). */
const TICKS_PER_SECOND = 100

/** Field 22 of /proc/PID/stat: seconds from boot to the start of the process; null if invalid. */
export function parseStartSeconds(stat: string): number | null {
  // The program's name (field 2) is in brackets and may contain spaces and brackets: field 3 follows the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields[22 - 3]
  return ticks !== undefined && /^\d+$/.test(ticks) ? Number(ticks) / TICKS_PER_SECOND : null
}

/** `btime` of /proc/stat: boot time in unix seconds; null without one. */
export function parseBootSeconds(stat: string): number | null {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1]
  return seconds === undefined ? null : Number(seconds)
}

/** /proc/PID/cmdline: NUL-terminated arguments. Empty for a kernel thread or a zombie. */
export function parseCmdline(text: string): string[] {
  return text === '' ? [] : text.replace(/\0$/, '').split('\0')
}

/** The inode in a link of /proc/PID/fd, `socket:[1234]`; null for other files. */
export function parseSocketLink(target: string): number | null {
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
  return inode === undefined ? null : Number(inode)
}

/** null when `uid` is not in /etc/passwd, such as an account of a directory service. */
export function accountNameOf(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const [name = '', , id] = line.split(':')
    if (name !== '' && id === String(uid)) return name
  }
  return null
}

export interface PortRange {
  first: number
  last: number
}

/** net.ipv4.ip_local_port_range: two numbers; null if invalid. */
export function parseLocalPortRange(text: string): PortRange | null {
  const match = /^\s*(\d+)\s+(\d+)\s*$/.exec(text)
  return match === null ? null : { first: Number(match[1]), last: Number(match[2]) }
}

/** net.ipv4.ip_local_reserved_ports: `8080,9148-9150`; skips invalid parts. */
export function parseReservedPorts(text: string): PortRange[] {
  return text
    .trim()
    .split(',')
    .flatMap((part) => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      if (match === null) return []
      return [{ first: Number(match[1]), last: Number(match[2] ?? match[1]) }]
    })
}
