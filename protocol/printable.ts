/** Control characters could control a terminal, line breaks forge log lines, bidirectional overrides reorder text. */

/**
 * C0 without tab and line feed, DEL, C1: https://www.unicode.org/charts/PDF/U0080.pdf; separators and overrides: UAX
 * #9 and #14.
 */
const UNSAFE = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069`
const HAS_UNSAFE = new RegExp(`[${UNSAFE}]`)
const ALL_UNSAFE = new RegExp(`[${UNSAFE}]`, 'g')
const HAS_UNSAFE_OR_BREAK = new RegExp(`[\\n${UNSAFE}]`)
const ALL_UNSAFE_AND_BREAKS = new RegExp(`[\\n${UNSAFE}]`, 'g')

/** One line: escapes unsafe characters and line breaks. */
export const printable = (text: string) =>
  HAS_UNSAFE_OR_BREAK.test(text) ? text.replace(ALL_UNSAFE_AND_BREAKS, byNumber) : text

/** Keeps line breaks, for output that marks where an entry begins; see `indentLines`. */
export const printableLines = (text: string) =>
  HAS_UNSAFE.test(text) ? text.replaceAll('\r\n', '\n').replace(ALL_UNSAFE, byNumber) : text

/** Indents further lines, so that none can pass for another entry. */
export const indentLines = (text: string) => text.replaceAll('\n', '\n    ')

/** For `JSON.stringify` output, which keeps C1 and overrides. Parses to the same value. */
export const printableJson = (json: string) =>
  HAS_UNSAFE.test(json) ? json.replace(ALL_UNSAFE, asJsonEscape) : json

function byNumber(character: string): string {
  const code = character.charCodeAt(0)
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : asJsonEscape(character)
}

const asJsonEscape = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
