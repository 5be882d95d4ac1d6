import { findHolder } from './holder.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { machinePortIo, type PortIo } from './port_io.ts'
import { programName } from './port_text.ts'
import type { ProcessReader } from '../processes/process_reader.ts'
import { treeOf } from '../processes/process_tree.ts'

export interface StrangerQuestion {
  host: string
  port: number
  /** The process that should hold the port, itself or through a child. */
  pid: number
  reader: Pick<ProcessReader, 'table'>
  platform?: NodeJS.Platform
  io?: PortIo
}

/**
 * Names the other program; null when there is none or it is unknown. One that started after our process does not count: container
 * engines and daemons hold a port for the program that requested it, and are not its descendants. Never rejects.
 */
export async function strangerOn(question: StrangerQuestion): Promise<Message | null> {
  const { host, port, pid, reader, platform = process.platform, io = machinePortIo } = question
  try {
    const holder = await findHolder(platform, await io.resolve(host), port, io)
    if (holder === null || holder.pid === null) return null
    const table = await reader.table()
    const [root, ...others] = treeOf(table, pid)
    const row = table.find((one) => one.pid === holder.pid)
    if (root === undefined || row === undefined) return null
    const isOurs = row.pid === root.pid || others.some((one) => one.pid === row.pid)
    if (isOurs || row.startOrder >= root.startOrder) return null
    return message('port.stranger', { port, holder: programName(holder) })
  } catch {
    return null
  }
}
