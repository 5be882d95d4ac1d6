/** Between the desktop app's main process and its page: channels, what each carries, and the bridge that the preload makes of them. */
import { z } from 'zod'
import { CALL } from './desktop_channels.ts'
import { VIEWS } from './views.ts'

/** Scheme and host of the app's own pages. */
export const APP_SCHEME = 'app'
export const APP_HOST = 'switchyard'
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`

/** Of a message to the control plane, as its WebSocket has it. */
const CONTROL_LENGTH_MAX = 1024 * 1024
/** Of a text for the clipboard. */
const COPY_LENGTH_MAX = 1024 * 1024

export const desktopSettingsSchema = z.strictObject({
  /** Started, hidden, when the person logs in. */
  open_at_login: z.boolean(),
  /** Closing the window leaves the app, and its backends, running in the tray. */
  keep_in_tray: z.boolean(),
  /** Of crashes and recoveries, by the system. */
  notifications: z.boolean(),
  /** Looks for a newer version; never without being switched on. */
  updates: z.boolean(),
  /** Where the updates lie; empty: nowhere. */
  update_feed: z.union([z.literal(''), z.url({ protocol: /^https$/ })]),
})
export type DesktopSettings = z.infer<typeof desktopSettingsSchema>

export const DESKTOP_DEFAULTS: DesktopSettings = {
  open_at_login: false,
  keep_in_tray: true,
  notifications: true,
  updates: false,
  update_feed: '',
}

export const desktopStateSchema = z.object({
  settings: desktopSettingsSchema,
  /** What of it cannot be had here, in words; such as a tray on a desktop that has none. */
  notes: z.array(z.string()),
  /** Of the last look for a newer version, in words. */
  update: z.string(),
})
export type DesktopState = z.infer<typeof desktopStateSchema>

/** What the page sends, by channel. Each is checked before it is looked at. */
export const TO_SHELL = {
  [CALL.open]: z.tuple([]),
  [CALL.send]: z.tuple([z.string().max(CONTROL_LENGTH_MAX)]),
  [CALL.ack]: z.tuple([z.int().min(0)]),
  [CALL.close]: z.tuple([]),
  [CALL.read]: z.tuple([]),
  [CALL.change]: z.tuple([desktopSettingsSchema.partial()]),
  [CALL.copy]: z.tuple([z.string().max(COPY_LENGTH_MAX)]),
  [CALL.chooseModel]: z.tuple([]),
  [CALL.checkUpdate]: z.tuple([]),
  [CALL.listening]: z.tuple([]),
} as const
export type ToShell = keyof typeof TO_SHELL

/** What a menu, a link or the system asks the page to show. Links only ever show: nothing is started or sent by one. */
export const desktopCommandSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('view'), view: z.enum(VIEWS) }),
  z.object({ kind: z.literal('backend'), backend: z.string().max(64) }),
  z.object({ kind: z.literal('file'), name: z.string(), bytes: z.instanceof(Uint8Array) }),
  /** Something that the shell could not do, to be shown as a notice. */
  z.object({ kind: z.literal('problem'), title: z.string(), text: z.string() }),
])
export type DesktopCommand = z.infer<typeof desktopCommandSchema>

/** Made by the preload. The page finds it, or runs in a browser. */
export interface DesktopBridge {
  /** `ws://127.0.0.1:8765` */
  readonly gateway: string
  /** Opens the one channel to the control plane; an older one is closed. Both listeners may be called after `close`. */
  openControl(listeners: { message(text: string): void; closed(): void }): Promise<void>
  sendControl(text: string): void
  closeControl(): void
  read(): Promise<DesktopState>
  change(patch: Partial<DesktopSettings>): Promise<DesktopState>
  checkUpdate(): Promise<DesktopState>
  copy(text: string): Promise<void>
  /** Asks the person for a model file; answers its path, or null when none was chosen. */
  chooseModel(): Promise<string | null>
  /** Where a file that was dropped on the page lies; empty for one that is not on a disk. */
  pathOf(file: File): string
  /** Earlier commands are delivered immediately. */
  onCommand(listener: (command: DesktopCommand) => void): void
}
