/** Names that the preload shares with both sides; without the schemas, so that what runs before each page stays small. */

/** The name of the bridge on the page's `window`. */
export const BRIDGE_NAME = 'switchyardDesktop'
/** Argument of the page's process with the gateway's address. */
export const GATEWAY_ARGUMENT = '--switchyard-gateway='

/** What the page sends. */
export const CALL = {
  open: 'control:open',
  send: 'control:send',
  /** The number of the newest message that the page has taken. */
  ack: 'control:ack',
  close: 'control:close',
  read: 'desktop:read',
  change: 'desktop:change',
  copy: 'desktop:copy',
  chooseModel: 'desktop:choose-model',
  checkUpdate: 'desktop:check-update',
  listening: 'desktop:listening',
} as const

/** What the main process sends to the page. */
export const TO_PAGE = {
  message: 'control:message',
  closed: 'control:closed',
  command: 'desktop:command',
} as const
