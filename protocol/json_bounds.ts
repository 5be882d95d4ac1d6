/** Bounds on the shape of a JSON text, checked before it is parsed, so that no message can build a giant object tree. */
import { ProtocolError } from './errors.ts'

export const JSON_DEPTH_MAX = 64
/** Objects and arrays in one message. An hour of EEG at 250 Hz, one row a sample, takes 900,000. */
export const JSON_CONTAINERS_MAX = 2_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Throws ProtocolError `too_large` when `text` (UTF-8 JSON) nests deeper or holds more containers than allowed.
 * Strings are jumped over by a native search, so a message that is one long base64 string costs next to nothing.
 */
export function checkJsonBounds(text: Uint8Array): void {
  let depth = 0
  let containers = 0
  for (let index = 0; index < text.length; index++) {
    const byte = text[index]
    if (byte === QUOTE) {
      index = endOfString(text, index)
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      depth++
      containers++
      if (depth > JSON_DEPTH_MAX) {
        throw new ProtocolError(
          'too_large',
          `the message nests deeper than ${JSON_DEPTH_MAX} levels; send flat data`,
        )
      }
      if (containers > JSON_CONTAINERS_MAX) {
        throw new ProtocolError(
          'too_large',
          `the message holds more than ${JSON_CONTAINERS_MAX} objects and arrays; split it`,
        )
      }
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth--
    }
  }
}

/** Index of the closing quote, or the end of the text when there is none (the parser will say so). */
export function endOfString(text: Uint8Array, open: number): number {
  let from = open + 1
  for (;;) {
    const quote = text.indexOf(QUOTE, from)
    if (quote === -1) return text.length
    let backslashes = 0
    while (text[quote - 1 - backslashes] === BACKSLASH && quote - 1 - backslashes > open)
      backslashes++
    if (backslashes % 2 === 0) return quote
    from = quote + 1
  }
}
