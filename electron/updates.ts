/** Checks for updates, only if enabled and configured by the user; nothing is installed without consent. */
import type { DesktopSettings } from '../protocol/desktop.ts'
import { messageOf } from '../protocol/errors.ts'

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

/** Returns a message. Never rejects. */
export async function checkUpdate(
  { updates, update_feed: feed }: DesktopSettings,
  { isPackaged, version, load }: UpdateOptions,
): Promise<string> {
  if (!updates) return 'Updates are switched off.'
  if (feed === '') return 'No address of updates is set.'
  if (!isPackaged) return `Version ${version} runs from its sources; git updates it.`
  try {
    const updater = await load()
    updater.setFeedURL({ provider: 'generic', url: feed })
    const found = await updater.checkForUpdates()
    return found?.isUpdateAvailable === true
      ? `Version ${found.updateInfo.version} is loaded now and installed when you quit.`
      : `Version ${version} is the newest at ${feed}.`
  } catch (error) {
    return `Looking at ${feed} failed: ${messageOf(error)}`
  }
}
