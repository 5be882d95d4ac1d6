/** Names of PCI devices by their numbers, from the pci.ids file of the system. Pure. */

/**
 * @param pciIds text of pci.ids (format: https://pci-ids.ucw.cz): a maker at the line's start, its models below after a tab
 * @param pciId maker and model in lower-case hexadecimal, as `1002:73bf`
 * @returns `Advanced Micro Devices, Inc. [AMD/ATI] Navi 21 [...]`; null for a model that the list lacks
 */
export function findPciName(pciIds: string, pciId: string): string | null {
  const [vendorId, deviceId] = pciId.split(':')
  let vendor: string | null = null
  for (const line of pciIds.split('\n')) {
    if (/^[0-9a-f]{4} {2}/.test(line)) {
      // Each maker is listed once: past it nothing can follow.
      if (vendor !== null) return null
      if (line.slice(0, 4) === vendorId) vendor = line.slice(6).trim()
    } else if (vendor !== null && line.startsWith(`\t${deviceId}  `)) {
      return `${vendor} ${line.slice(7).trim()}`
    }
  }
  return null
}
