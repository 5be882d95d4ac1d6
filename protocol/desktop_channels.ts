/** Names shared with the preload; without schemas, to keep the preload small. */

export const BRIDGE_NAME = 'switchyardDesktop'
/** Process argument with the gateway's address. */
export const GATEWAY_ARGUMENT = '--switchyard-gateway='

export const CALL = {
  open: 'control:open',
  send: 'control:send',
  /** Number of the newest message that the page has processed. */
  ack: 'control:ack',
  close: 'control:close',
  read: 'desktop:read',
  change: 'desktop:change',
  copy: 'desktop:copy',
  chooseModel: 'desktop:choose-model',
  checkUpdate: 'desktop:check-update',
  listening: 'desktop:listening',
} as const

export const TO_PAGE = {
  message: 'control:message',
  closed: 'control:closed',
  command: 'desktop:command',
} as const
