import { asText, message } from '../../protocol/messages.ts'
import type { PortHolder } from '../../protocol/ports.ts'
import { findLinuxHolder } from './linux_holder.ts'
import { findMacHolder } from './mac_holder.ts'
import type { PortIo } from './port_io.ts'
import { findWindowsHolder } from './windows_holder.ts'

/**
 * The program whose socket prevents listening on `address`; null when no such socket is visible. Prefers a listener to a
 * connection, which blocks the port just as well. Of several processes that share the socket, the oldest, which is the parent.
 */
export async function findHolder(
  platform: NodeJS.Platform,
  address: string,
  port: number,
  io: PortIo,
): Promise<PortHolder | null> {
  switch (platform) {
    case 'linux':
    case 'android':
      return findLinuxHolder(address, port, io)
    case 'win32':
      return findWindowsHolder(address, port, io)
    default:
      // lsof and ps are the same on macOS and the BSDs.
      return findMacHolder(address, port, io)
  }
}

/** An unknown holder, with the command that shows it to an administrator. */
export function unknownHolder(platform: NodeJS.Platform, port: number): PortHolder {
  const look =
    platform === 'linux'
      ? `sudo ss -tanp 'sport = :${port}'`
      : platform === 'win32'
        ? 'netstat -abno as administrator'
        : `sudo lsof -nP -iTCP:${port}`
  return {
    pid: null,
    command: null,
    started_at: null,
    user: null,
    ...asText({ reason: message('holder.not_shown', { port, command: look }) }),
  }
}
