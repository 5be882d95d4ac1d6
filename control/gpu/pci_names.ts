/**
 * `pciIds` is the text of pci.ids (https://pci-ids.ucw.cz): a vendor at the line start, its models below after a tab.
 * `pciId` is lower-case hexadecimal such as `1002:73bf`. Returns `Advanced Micro Devices, Inc. [AMD/ATI] Navi 21
 * [...]`, or null for an unlisted model.
 */
export function findPciName(pciIds: string, pciId: string): string | null {
  const [vendorId, deviceId] = pciId.split(':')
  let vendor: string | null = null
  for (const line of pciIds.split('\n')) {
    if (/^[0-9a-f]{4} {2}/.test(line)) {
      if (vendor !== null) return null
      if (line.slice(0, 4) === vendorId) vendor = line.slice(6).trim()
    } else if (vendor !== null && line.startsWith(`\t${deviceId}  `)) {
      return `${vendor} ${line.slice(7).trim()}`
    }
  }
  return null
}
