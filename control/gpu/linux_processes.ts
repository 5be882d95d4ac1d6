import { saidBy } from '../../protocol/errors.ts'
import type { GpuProcess } from '../../protocol/gpu.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { distinctClients, parseDrmFdinfo, type DrmClient } from './drm_fdinfo.ts'
import type { DrmCard } from './drm_sysfs.ts'
import { known, processRow, sumKnown, unknown, type Known } from './value.ts'
import { errorCode, type GpuIo } from './gpu_io.ts'
import type { CardsReading } from './linux_cards.ts'
import { nvidiaRows, unlistedNvidia, type NvidiaResult } from './nvidia_source.ts'
import type { SourceResult } from './source_result.ts'

export type OpenGpuFiles =
  | {
      isNvidiaOpen: boolean
      clients: readonly DrmClient[]
      silentNodes: readonly string[]
    }
  | { reason: Message }

/** Far above what a backend opens; more would make a poll too expensive. */
const OPEN_FILES_MAX = 4096

/** NVIDIA's driver keeps these open while a process has GPU memory; /dev/dxg is its equivalent in WSL. */
const NVIDIA_FILE = /^\/dev\/(nvidia(\d+|ctl|-uvm|-uvm-tools)|dxg)$/
const DRM_FILE = /^\/dev\/dri\/(card\d+|renderD\d+)$/

/** An exited process, or one of another user, cannot be read. */
export async function readOpenGpuFiles(
  io: GpuIo,
  pid: number,
  { cards, displayOnlyNodes }: CardsReading,
): Promise<OpenGpuFiles> {
  try {
    const files = await io.readFolder(`/proc/${pid}/fd`)
    if (files.length > OPEN_FILES_MAX) {
      return unknown(message('gpu.process_files', { pid, files: files.length }))
    }
    const nvidiaNodes = cards.filter(isNvidiaCard).flatMap(({ nodes }) => nodes)
    const found = { isNvidiaOpen: false, clients: [] as DrmClient[], silentNodes: [] as string[] }
    for (const file of files) {
      const target = await readIfOpen(() => io.readLink(`/proc/${pid}/fd/${file}`))
      if (target === null) continue
      const node = DRM_FILE.exec(target)?.[1]
      if (NVIDIA_FILE.test(target) || (node !== undefined && nvidiaNodes.includes(node))) {
        found.isNvidiaOpen = true
      } else if (node !== undefined && !displayOnlyNodes.includes(node)) {
        const text = await readIfOpen(() => io.readFile(`/proc/${pid}/fdinfo/${file}`))
        if (text === null) continue
        const client = parseDrmFdinfo(text)
        if (client === null) found.silentNodes.push(target)
        else found.clients.push(client)
      }
    }
    return found
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return unknown(message('gpu.process_ended', { pid }))
    if (code === 'EACCES' || code === 'EPERM') {
      return unknown(message('gpu.process_other_user', { pid }))
    }
    return unknown(saidBy(error))
  }
}

/** nvidia-smi covers NVIDIA's own driver; nouveau is a DRM driver like the others. */
export const isNvidiaCard = ({ driver }: Pick<DrmCard, 'driver'>): boolean => driver === 'nvidia'

/** One row per source that has devices, with 0 bytes where the process has none open. */
export function rowsOfProcess(
  pid: number,
  open: OpenGpuFiles,
  nvidia: NvidiaResult,
  drm: SourceResult<CardsReading>,
): GpuProcess[] {
  const cards = drm.state === 'read' ? drm.cards.filter((card) => !isNvidiaCard(card)) : []
  return [...nvidiaPart(pid, open, nvidia), ...drmPart(pid, open, cards)]
}

function nvidiaPart(pid: number, open: OpenGpuFiles, nvidia: NvidiaResult): GpuProcess[] {
  const listed = nvidia.state === 'read' ? nvidiaRows(nvidia).filter((row) => row.pid === pid) : []
  if ('reason' in open) {
    if (nvidia.state === 'absent') return []
    // In a container the pid may be that of another process on the host.
    return [processRow('nvidia_smi', pid, [], open)]
  }
  if (!open.isNvidiaOpen) {
    // nvidia-smi may still list the pid: then it is a process outside of the container.
    return nvidia.state === 'absent' ? [] : [processRow('nvidia_smi', pid, [], known(0))]
  }
  if (nvidia.state !== 'read') {
    const reason = message('gpu.process_nvidia', { pid, reason: nvidia.reason })
    return [processRow('nvidia_smi', pid, [], unknown(reason))]
  }
  return listed.length > 0 ? listed : [unlistedNvidia(pid, nvidia)]
}

function drmPart(pid: number, open: OpenGpuFiles, cards: readonly DrmCard[]): GpuProcess[] {
  const row = (ids: readonly string[], bytes: Known<number>) =>
    processRow('drm_fdinfo', pid, ids, bytes)
  if ('reason' in open) return cards.length === 0 ? [] : [row([], open)]
  const silent = open.silentNodes.map((node) =>
    row([], unknown(message('gpu.process_silent', { pid, node }))),
  )
  const byDevice = new Map<string, Known<number>[]>()
  for (const { pdev, driver, bytes } of distinctClients(open.clients)) {
    const id = deviceOfClient(pdev, driver, cards)
    byDevice.set(id, [...(byDevice.get(id) ?? []), bytes])
  }
  const rows = [...byDevice].map(([id, parts]) => row([id], sumKnown(parts)))
  const all = [...rows, ...silent]
  return all.length > 0 || cards.length === 0 ? all : [row([], known(0))]
}

/** Devices on other buses than PCI have no address in their statistics and are identified by their driver. */
function deviceOfClient(pdev: string | null, driver: string, cards: readonly DrmCard[]): string {
  if (pdev !== null) return `pci:${pdev}`
  return cards.find((card) => card.driver === driver)?.device.id ?? `drm:${driver}`
}

/** null when the file was closed meanwhile. */
async function readIfOpen(read: () => Promise<string>): Promise<string | null> {
  try {
    return await read()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}
