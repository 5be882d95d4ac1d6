/** Checks for updates, only if enabled and configured by the user; nothing is installed without consent. */
import type { DesktopSettings } from '../protocol/desktop.ts'
import { saidBy } from '../protocol/errors.ts'
import { message, type Message } from '../protocol/messages.ts'

export interface Updater {
  setFeedURL(feed: { provider: 'generic'; url: string }): void
  checkForUpdates(): Promise<{ isUpdateAvailable: boolean; updateInfo: { version: string } } | null>
}

export interface UpdateOptions {
  isPackaged: boolean
  version: string
  /** electron-updater, loaded when first needed. */
  load: () => Promise<Updater>
}

/** What was found. Never rejects. */
export async function checkUpdate(
  { updates, update_feed: feed }: DesktopSettings,
  { isPackaged, version, load }: UpdateOptions,
): Promise<Message> {
  if (!updates) return message('update.off')
  if (feed === '') return message('update.no_feed')
  if (!isPackaged) return message('update.sources', { version })
  try {
    const updater = await load()
    updater.setFeedURL({ provider: 'generic', url: feed })
    const found = await updater.checkForUpdates()
    return found?.isUpdateAvailable === true
      ? message('update.found', { version: found.updateInfo.version })
      : message('update.current', { version, feed })
  } catch (error) {
    return message('update.failed', { feed, reason: saidBy(error) })
  }
}
