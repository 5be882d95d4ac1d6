import type { PlaygroundSender } from '../../../state/playground_send.ts'
import { runVideo } from './frame_source.ts'

export async function takeFiles(
  sender: PlaygroundSender,
  files: readonly File[],
  backend?: string,
): Promise<void> {
  const videos = files.filter(isVideo)
  const others = files.filter((file) => !isVideo(file))
  if (others.length > 0) await sender.take(others, backend)
  for (const video of videos) await runVideo(sender, video)
}

function isVideo({ name, type }: File): boolean {
  return type.startsWith('video/') || /\.(mp4|m4v|webm|mov|mkv|ogv)$/i.test(name)
}

/** Files of a drop, including those in folders. Call it in the drop handler: the list is empty later. */
export function filesOfDrop(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry())
  const plain = [...transfer.files]
  if (!entries.some((entry) => entry?.isDirectory)) return Promise.resolve(plain)
  const found = entries.filter((entry) => entry !== null)
  return Promise.all(found.map(filesIn)).then((lists) => lists.flat())
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = entry as FileSystemFileEntry
    return [await new Promise<File>((resolve, reject) => file.file(resolve, reject))]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const all: File[] = []
  for (;;) {
    // Chromium returns a hundred per call; an empty result is the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    const named = some.toSorted((left, right) =>
      left.name.localeCompare(right.name, 'en', { numeric: true }),
    )
    for (const one of named) all.push(...(await filesIn(one)))
  }
}
