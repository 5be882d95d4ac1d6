/** External requests: links switchyard://.., files dropped on the icon, and the arguments of a second launch. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRegularFile } from '../files/regular_file.ts'
import type { DesktopCommand } from '../protocol/desktop.ts'
import { saidBy } from '../protocol/errors.ts'
import { message, type Message, type TextOf } from '../protocol/messages.ts'
import { VIEWS } from '../protocol/views.ts'

export const LINK_SCHEME = 'switchyard'
/** The default max_message_bytes of the configuration. */
const FILE_BYTES_MAX = 100 * 1024 ** 2
const FILE_ENDINGS = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'csv', 'txt', 'edf']

/** `switchyard://view/logs`, `switchyard://backend/emotion`; else null. Links only navigate: any web page may contain one. */
export function commandOfLink(link: string): DesktopCommand | null {
  const [, kind, name] = /^switchyard:\/\/(view|backend)\/([\w-]{1,64})\/?$/i.exec(link) ?? []
  if (name === undefined) return null
  if (kind?.toLowerCase() === 'backend') return { kind: 'backend', backend: name }
  const view = VIEWS.find((one) => one === name.toLowerCase())
  return view === undefined ? null : { kind: 'view', view }
}

/** Links and files among the arguments, without flags and the app's own folder. Relative files begin at `folder`. */
export function requestsOf(
  argv: readonly string[],
  folder: string,
): { links: string[]; files: string[] } {
  const given = argv.slice(1).filter((one) => !one.startsWith('-'))
  const isLink = (one: string) => one.toLowerCase().startsWith(`${LINK_SCHEME}:`)
  return {
    links: given.filter(isLink),
    files: given
      .filter((one) => !isLink(one) && FILE_ENDINGS.includes(endingOf(one)))
      .map((one) => path.resolve(folder, pathOf(one))),
  }
}

/** The file for the playground, or why it cannot be read. Never rejects. */
export async function commandOfFile(file: string, text: TextOf): Promise<DesktopCommand> {
  const problem = (said: Message): DesktopCommand => ({
    kind: 'problem',
    title: path.basename(file),
    text: text(said),
  })
  try {
    if (!FILE_ENDINGS.includes(endingOf(file))) {
      return problem(message('app.file_kind', { file, endings: FILE_ENDINGS.join(', ') }))
    }
    const bytes = await readRegularFile(file, FILE_BYTES_MAX)
    return { kind: 'file', name: path.basename(file), bytes }
  } catch (error) {
    return problem(message('app.cannot_read', { file, reason: saidBy(error) }))
  }
}

/** Linux desktops pass files as addresses. */
function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file
  } catch {
    return file
  }
}

const endingOf = (file: string) => path.extname(file).slice(1).toLowerCase()
