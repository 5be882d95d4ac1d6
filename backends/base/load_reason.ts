/** Shortens onnxruntime's load errors to what users can act on. */

/** Its longest known messages have about 700 characters. */
const REASON_LENGTH_MAX = 2000

/** Strips prefix, source files and C++ signatures, such as `Load model from F failed:/src/model.cc:256 `. */
export function readableReason(message: string): string {
  const line = message.trim().replace(/\s+/g, ' ')
  const reason = withoutSources(line.replace(/^Load model from .*? failed: ?/, ''))
  if (reason.length <= REASON_LENGTH_MAX) return reason
  const cut = reason.slice(0, REASON_LENGTH_MAX)
  return `${cut.slice(0, cut.lastIndexOf(' '))} …`
}

/** `/onnxruntime_src/onnxruntime/core/graph/model.cc:256 ` and `tensorprotoutils.cc:461 `. */
const SOURCE = /\S*\.(?:cc|cpp|cxx|h|hpp|cu):\d+ /

function withoutSources(text: string): string {
  const match = SOURCE.exec(text)
  if (match === null) return text
  const before = text.slice(0, match.index)
  const after = text.slice(match.index + match[0].length)
  return withoutSources(before + withoutFunction(after))
}

function withoutFunction(text: string): string {
  const open = text.indexOf('(')
  // `void onnxruntime::Model::Model(`: a signature has a scope, or is a single word before its bracket.
  if (open > 0 && /^(?:[^.,!?"']*::~?)?\w+$/.test(text.slice(0, open))) {
    return behindBrackets(text, open)
      .replace(/^ const\b/, '')
      .trimStart()
  }
  // A bare name such as `ValidateExternalDataPathFromDir`: words of a sentence have no capitals inside.
  return text.replace(/^[A-Z][a-z]+(?:[A-Z][a-z]*)+ /, '')
}

function behindBrackets(text: string, open: number): string {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth === 0) return text.slice(at + 1)
  }
  return text.slice(open)
}
