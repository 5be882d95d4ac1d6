/** Reads the files of the graphics cards below /sys/class/drm; drm_sysfs.ts interprets them. */
import { saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { canCompute, describeCard, type CardFiles, type DrmCard } from './drm_sysfs.ts'
import { known, unknown, type Known } from './value.ts'
import { errorCode, type GpuIo } from './gpu_io.ts'
import { findPciName } from './pci_names.ts'
import type { SourceResult } from './source_result.ts'

const DRM_FOLDER = '/sys/class/drm'
/** Fedora and Arch use the first, Debian the second. */
const PCI_ID_FILES = ['/usr/share/hwdata/pci.ids', '/usr/share/misc/pci.ids']

export interface CardsReading {
  cards: readonly DrmCard[]
  displayOnlyNodes: readonly string[]
}

/** Reads names once, since the list has megabytes, and values at each call. */
export function createCardReader(io: GpuIo): () => Promise<SourceResult<CardsReading>> {
  const names = new Map<string, string | null>()
  return async () => {
    const folders = await cardFolders(io)
    if (folders.length === 0) {
      return { state: 'absent', reason: message('gpu.cards_none', { folder: DRM_FOLDER }) }
    }
    const files = await Promise.all(folders.map((card) => readCard(io, card)))
    const computing = files.filter(({ nodes }) => canCompute(nodes))
    const displayOnly = files.filter(({ nodes }) => !canCompute(nodes))
    if (computing.length === 0) {
      const cards = displayOnly.map(({ card }) => card).join(', ')
      return {
        state: 'absent',
        reason: message('gpu.cards_display_only', { folder: DRM_FOLDER, cards }),
      }
    }
    await learnNames(io, computing, names)
    return {
      state: 'read',
      cards: computing.map((card) => describeCard(card, (id) => names.get(id) ?? null)),
      displayOnlyNodes: displayOnly.flatMap(({ nodes }) => nodes),
    }
  }
}

async function cardFolders(io: GpuIo): Promise<string[]> {
  try {
    const entries = await io.readFolder(DRM_FOLDER)
    // Excludes connectors such as card0-HDMI-A-1, and render nodes.
    return entries.filter((entry) => /^card\d+$/.test(entry)).sort()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

async function readCard(io: GpuIo, card: string): Promise<CardFiles> {
  const folder = `${DRM_FOLDER}/${card}/device`
  const text = (name: string) => readText(io, `${folder}/${name}`)
  const [nodes, uevent, vendor, productName, power] = await Promise.all([
    readEntries(io, `${folder}/drm`),
    text('uevent'),
    text('vendor'),
    text('product_name'),
    text('power/runtime_status'),
  ])
  // Reading values would wake a suspended GPU and keep it awake on battery.
  const isAsleep = 'value' in power && power.value.trim() === 'suspended'
  const value = (name: string) => (isAsleep ? Promise.resolve(unknown(ASLEEP)) : text(name))
  const [vramTotal, vramUsed, busyPercent, temperature] = await Promise.all([
    value('mem_info_vram_total'),
    value('mem_info_vram_used'),
    value('gpu_busy_percent'),
    isAsleep ? unknown(ASLEEP) : readTemperature(io, folder),
  ])
  return {
    ...{ card, nodes, uevent, vendor, productName },
    ...{ vramTotal, vramUsed, busyPercent, temperature },
  }
}

const ASLEEP = message('gpu.asleep')

async function readTemperature(io: GpuIo, folder: string): Promise<Known<string>> {
  const [sensor] = (await readEntries(io, `${folder}/hwmon`)).sort()
  if (sensor === undefined) return unknown(message('gpu.driver_no_sensor'))
  return readText(io, `${folder}/hwmon/${sensor}/temp1_input`)
}

async function readText(io: GpuIo, path: string): Promise<Known<string>> {
  try {
    return known(await io.readFile(path))
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT'
    return unknown(isMissing ? message('gpu.driver_no_file', { file: path }) : saidBy(error))
  }
}

/** Empty where the folder cannot be read: its files are then reported as missing. */
async function readEntries(io: GpuIo, path: string): Promise<string[]> {
  try {
    return await io.readFolder(path)
  } catch {
    return []
  }
}

async function learnNames(
  io: GpuIo,
  files: readonly CardFiles[],
  names: Map<string, string | null>,
): Promise<void> {
  const ids = files.flatMap((card) => describeCard(card, () => null).pciId ?? [])
  const wanted = ids.filter((id) => !names.has(id))
  if (wanted.length === 0) return
  const lists = await Promise.all(PCI_ID_FILES.map((path) => readText(io, path)))
  const list = lists.find((text) => 'value' in text)
  for (const id of wanted) {
    names.set(id, list !== undefined && 'value' in list ? findPciName(list.value, id) : null)
  }
}
