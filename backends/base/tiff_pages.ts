/** Counts the pages of a TIFF file by its directories alone. libvips reads all of them, also where only the first is wanted. */

/** Pages, and entries of all their directories, that are read in some tens of milliseconds. */
export const TIFF_PAGES_MAX = 1000
const TIFF_ENTRIES_MAX = 50_000

const HEADER_BYTES = 8
const ENTRY_BYTES = 12

/** True when there are more pages, or entries, than libvips reads in short time; also when the directories form a circle. */
export function hasManyTiffPages(bytes: Uint8Array): boolean {
  if (bytes.byteLength < HEADER_BYTES) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittleEndian = bytes[0] === 0x49
  let offset = view.getUint32(4, isLittleEndian)
  let entries = 0
  for (let pages = 0; offset !== 0; pages++) {
    // A file that is cut off is for the decoder to refuse.
    if (offset + 2 > bytes.byteLength) return false
    const count = view.getUint16(offset, isLittleEndian)
    entries += count
    if (pages === TIFF_PAGES_MAX || entries > TIFF_ENTRIES_MAX) return true
    const next = offset + 2 + count * ENTRY_BYTES
    if (next + 4 > bytes.byteLength) return false
    offset = view.getUint32(next, isLittleEndian)
  }
  return false
}
