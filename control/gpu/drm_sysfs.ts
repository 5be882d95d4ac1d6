/** Describes a graphics card by its files in /sys/class/drm; linux_cards.ts reads the files. */
import type { GpuDevice, GpuVendor } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import {
  knownBytes,
  deviceOf,
  known,
  mapKnown,
  knownNumber,
  knownPercent,
  unknown,
  vendorOfPciId,
  type Known,
} from './value.ts'

export interface CardFiles {
  /** `card0` */
  card: string
  /** Entries of `drm/`: the card's names in /dev/dri, such as `card0`, `renderD128`. */
  nodes: readonly string[]
  uevent: Known<string>
  vendor: Known<string>
  productName: Known<string>
  vramTotal: Known<string>
  vramUsed: Known<string>
  busyPercent: Known<string>
  /** `hwmon/hwmonN/temp1_input` */
  temperature: Known<string>
}

export interface DrmCard {
  card: string
  nodes: readonly string[]
  /** `amdgpu`, `i915`, `xe`, `nvidia`, ... */
  driver: string
  /** Vendor and model in hexadecimal, such as `1002:73bf`; null for a device on another bus than PCI. */
  pciId: string | null
  device: GpuDevice
}

/** `nameOfPciId` returns the model name for `1002:73bf`, or null. Values without a file of the driver are unknown. */
export function describeCard(
  files: CardFiles,
  nameOfPciId: (pciId: string) => string | null,
): DrmCard {
  const uevent = parseUevent('value' in files.uevent ? files.uevent.value : '')
  const driver = uevent.get('DRIVER') ?? 'unknown'
  const slot = uevent.get('PCI_SLOT_NAME')?.toLowerCase() ?? null
  const pciId = uevent.get('PCI_ID')?.toLowerCase() ?? null
  const vendor = vendorOf(files.vendor)
  return {
    card: files.card,
    nodes: files.nodes,
    driver,
    pciId,
    device: deviceOf(
      {
        id: slot === null ? `drm:${files.card}` : `pci:${slot}`,
        source: 'drm_sysfs',
        vendor,
        memory: memoryKind(files, vendor, slot),
      },
      {
        name: nameOf(files.productName, pciId, nameOfPciId),
        total_bytes: bytes(files.vramTotal, 'mem_info_vram_total'),
        used_bytes: bytes(files.vramUsed, 'mem_info_vram_used'),
        utilization_percent: knownPercent(
          number(files.busyPercent, 'gpu_busy_percent'),
          'gpu_busy_percent',
        ),
        // Millidegrees (source: Documentation/hwmon/sysfs-interface.rst). The first sensor of amdgpu is the edge.
        temperature_celsius: number(files.temperature, 'temp1_input', 1 / 1000),
      },
    ),
  }
}

/** Management chips and simple framebuffers have no render node. */
export const canCompute = (nodes: readonly string[]): boolean =>
  nodes.some((node) => node.startsWith('renderD'))

/** `KEY=value` lines of a uevent file. */
export function parseUevent(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=')
      return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1).trim()] as const] : []
    }),
  )
}

function vendorOf(text: Known<string>): GpuVendor {
  return 'value' in text ? vendorOfPciId(Number(text.value.trim())) : 'other'
}

/** PCI slot of Intel's integrated GPUs (source: Linux, drivers/gpu/drm/i915; Intel's datasheets). */
const INTEL_INTEGRATED_SLOT = '0000:00:02.0'

function memoryKind(files: CardFiles, vendor: GpuVendor, slot: string | null) {
  if ('value' in files.vramTotal) return 'dedicated'
  return vendor === 'intel' && slot === INTEL_INTEGRATED_SLOT ? 'shared' : 'unknown'
}

function nameOf(
  productName: Known<string>,
  pciId: string | null,
  nameOfPciId: (pciId: string) => string | null,
): Known<string> {
  const product = 'value' in productName ? productName.value.trim() : ''
  const name = product !== '' ? product : pciId === null ? null : nameOfPciId(pciId)
  if (name !== null) return known(name)
  return unknown(
    pciId === null ? message('gpu.driver_no_name') : message('gpu.pci_unnamed', { id: pciId }),
  )
}

const number = (text: Known<string>, file: string, factor = 1): Known<number> =>
  mapKnown(text, (value) => knownNumber(value, file, factor))

const bytes = (text: Known<string>, file: string): Known<number> =>
  knownBytes(number(text, file), file)
