/** Diagnoses messages that are not valid JSON, or too large to parse. */
export interface DamagedJson {
  /** Of the outermost object; null if not found. */
  requestId: string | null
  /** The first `NaN`, `Infinity` or `-Infinity`, which Python's `json.dumps` writes but JSON lacks. */
  nonFinite: { word: string; position: number } | null
  /** The text ends inside an object, an array or a string. */
  isCut: boolean
  /** False: only the beginning of a long text was inspected. */
  isWhole: boolean
}

/** Inspected bytes outside strings, which a native search skips. About 40 ms, synchronously. */
const STEPS_MAX = 1024 ** 2
const ID_BYTES_MAX = 2048

const code = (character: string) => character.charCodeAt(0)
const QUOTE = code('"')
const COLON = code(':')
const COMMA = code(',')
const MINUS = code('-')
const BACKSLASH = code('\\')
const OPEN = [code('{'), code('[')]
const CLOSE = [code('}'), code(']')]
const WORDS = ['NaN', 'Infinity']
const FIRST_LETTERS = WORDS.map(code)
const UTF8 = new TextDecoder()
/** Stops early at the id if `wantsFault` is false. */
export function readDamaged(bytes: Uint8Array, { wantsFault = true } = {}): DamagedJson {
  let depth = 0
  /** The last string at depth 1, and whether the value of `request_id` follows. */
  let text: Uint8Array | null = null
  let isIdNext = false
  let requestId: string | null = null
  let nonFinite: DamagedJson['nonFinite'] = null
  let isInString = false
  let index = 0
  for (let steps = 0; index < bytes.length && steps < STEPS_MAX; index++, steps++) {
    const byte = bytes[index] ?? 0
    if (byte === QUOTE) {
      const end = endOfString(bytes, index)
      isInString = end >= bytes.length
      text = depth === 1 && !isInString ? bytes.subarray(index, end + 1) : null
      if (isIdNext && text !== null) requestId = textOf(text)
      if (isIdNext && !wantsFault) break
      isIdNext = false
      index = end
    } else if (byte === COLON && depth === 1) {
      isIdNext = text !== null && textOf(text) === 'request_id'
    } else if (byte === COMMA && depth === 1) isIdNext = false
    else if (OPEN.includes(byte)) depth++
    else if (CLOSE.includes(byte)) depth--
    else if (nonFinite === null && FIRST_LETTERS.includes(byte)) nonFinite = wordAt(bytes, index)
  }
  const isWhole = index >= bytes.length
  return { requestId, nonFinite, isCut: isWhole && (depth > 0 || isInString), isWhole }
}

function textOf(quoted: Uint8Array): string | null {
  if (quoted.length > ID_BYTES_MAX) return null
  try {
    return JSON.parse(UTF8.decode(quoted)) as string
  } catch {
    return null
  }
}

function wordAt(bytes: Uint8Array, index: number): DamagedJson['nonFinite'] {
  const word = WORDS.find((one) => UTF8.decode(bytes.subarray(index, index + one.length)) === one)
  if (word === undefined) return null
  const isNegative = bytes[index - 1] === MINUS
  const start = isNegative ? index - 1 : index
  return {
    word: isNegative ? `-${word}` : word,
    // In characters, like editors and json.loads.
    position: UTF8.decode(bytes.subarray(0, start)).length,
  }
}

/** Index of the closing quote, or the end of the text (the parser reports that). */
function endOfString(text: Uint8Array, open: number): number {
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
