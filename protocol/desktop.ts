/** Channels between the desktop app's main process and its page, their payloads, and the preload's bridge. */
import { z } from 'zod'
import { CALL } from './desktop_channels.ts'
import { VIEWS } from './views.ts'

export const APP_SCHEME = 'app'
export const APP_HOST = 'switchyard'
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`

const CONTROL_LENGTH_MAX = 1024 * 1024
const COPY_LENGTH_MAX = 1024 * 1024

export const desktopSettingsSchema = z.strictObject({
  /** Starts hidden at login. */
  open_at_login: z.boolean(),
  /** Closing the window keeps the app and its backends running in the tray. */
  keep_in_tray: z.boolean(),
  notifications: z.boolean(),
  /** Checks for updates; off by default. */
  updates: z.boolean(),
  update_feed: z.union([z.literal(''), z.url({ protocol: /^https$/ })]),
  /** Of menus, tray and notifications: that of the panel. */
  language: z.enum(['en', 'zh']).default('en'),
})
export type DesktopSettings = z.infer<typeof desktopSettingsSchema>

export const DESKTOP_DEFAULTS: DesktopSettings = {
  open_at_login: false,
  keep_in_tray: true,
  notifications: true,
  updates: false,
  update_feed: '',
  language: 'en',
}

export const desktopStateSchema = z.object({
  settings: desktopSettingsSchema,
  /** Unavailable features, such as a tray on a desktop without one. */
  notes: z.array(z.string()),
  update: z.string(),
})
export type DesktopState = z.infer<typeof desktopStateSchema>

/** Messages of the page by channel, validated by the main process. */
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

/** Views that a menu, a link or the system opens. Links never start or send anything. */
export const desktopCommandSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('view'), view: z.enum(VIEWS) }),
  z.object({ kind: z.literal('backend'), backend: z.string().max(64) }),
  z.object({ kind: z.literal('file'), name: z.string(), bytes: z.instanceof(Uint8Array) }),
  z.object({ kind: z.literal('problem'), title: z.string(), text: z.string() }),
])
export type DesktopCommand = z.infer<typeof desktopCommandSchema>

export interface DesktopBridge {
  /** `ws://127.0.0.1:8765` */
  readonly gateway: string
  /** Opens the single control channel, closing an older one. Listeners may be called after `close`. */
  openControl(listeners: { message(text: string): void; closed(): void }): Promise<void>
  sendControl(text: string): void
  closeControl(): void
  read(): Promise<DesktopState>
  change(patch: Partial<DesktopSettings>): Promise<DesktopState>
  checkUpdate(): Promise<DesktopState>
  copy(text: string): Promise<void>
  chooseModel(): Promise<string | null>
  /** Path of a dropped file; empty if it is not on a disk. */
  pathOf(file: File): string
  /** Earlier commands are delivered immediately. */
  onCommand(listener: (command: DesktopCommand) => void): void
}
