/** Whether another program listens on the port of one of our processes. */
import { findHolder } from './holder.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { machinePortIo, type PortIo } from './port_io.ts'
import { programName } from './port_text.ts'
import type { ProcessReader } from '../processes/process_reader.ts'
import { treeOf } from '../processes/process_tree.ts'

export interface StrangerQuestion {
  host: string
  port: number
  /** Of the process that should hold the port, or one that it has started. */
  pid: number
  reader: Pick<ProcessReader, 'table'>
  platform?: NodeJS.Platform
  io?: PortIo
}

/**
 * A clause that names the stranger; null when there is none, or nobody knows. One that started later than our process does not
 * count: container engines and daemons hold a port for the program that asked them to, and are no descendants of it. Never rejects.
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
