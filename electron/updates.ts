/** Checks for updates, only if enabled and configured by the user; nothing is installed without consent. */
import type { DesktopSettings } from '../protocol/desktop.ts'
import { saidBy } from '../protocol/errors.ts'
import { message, type Message } from '../protocol/messages.ts'

export interface Updater {
  setFeedURL(feed: { provider: 'generic'; url: string }): void
  /** A found update is downloaded immediately. */
  checkForUpdates(): Promise<{
    isUpdateAvailable: boolean
    updateInfo: { version: string }
    downloadPromise?: Promise<unknown> | null
  } | null>
}

export interface UpdateOptions {
  isPackaged: boolean
  version: string
  /** electron-updater, loaded when first needed. */
  load: () => Promise<Updater>
  onLoaded: (said: Message) => void
}

/** What was found; `onLoaded` reports the end of a download. Never rejects. */
export async function checkUpdate(
  { updates, update_feed: feed }: DesktopSettings,
  { isPackaged, version, load, onLoaded }: UpdateOptions,
): Promise<Message> {
  if (!updates) return message('update.off')
  if (feed === '') return message('update.no_feed')
  if (!isPackaged) return message('update.sources', { version })
  try {
    const updater = await load()
    updater.setFeedURL({ provider: 'generic', url: feed })
    const found = await updater.checkForUpdates()
    if (found?.isUpdateAvailable !== true) return message('update.current', { version, feed })
    const { version: next } = found.updateInfo
    found.downloadPromise?.then(
      () => {
        onLoaded(message('update.loaded', { version: next }))
      },
      (error: unknown) => {
        onLoaded(message('update.not_loaded', { version: next, reason: saidBy(error) }))
      },
    )
    return message('update.found', { version: next })
  } catch (error) {
    return message('update.failed', { feed, reason: saidBy(error) })
  }
}
