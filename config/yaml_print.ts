import { Document, isScalar, visit, type Scalar, type ToStringOptions } from 'yaml'

const STYLE: ToStringOptions = {
  lineWidth: 0,
  flowCollectionPadding: false,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
}

export interface InlinePlace {
  /** The replaced node: a string keeps its quotes. */
  like: unknown
  isInFlow: boolean
}

export function inlineText(value: unknown, { like, isInFlow }: InlinePlace): string {
  const document = new Document(isInFlow ? [value] : { key: value })
  visit(document, {
    Collection: (position, node) => {
      if (position !== null || isInFlow) node.flow = true
    },
    Scalar: (position, node) => {
      if (typeof node.value !== 'string' || position === 'key') return
      if (typeof value === 'string' && isQuoted(like)) node.type = like.type
      // Control characters and line ends require double quotes.
      if (/\p{Cc}/u.test(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  const printed = document.toString(STYLE).trimEnd()
  return isInFlow ? printed.slice(1, -1) : printed.slice('key: '.length)
}

type QuotedScalar = Scalar & { type: 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' }

const isQuoted = (node: unknown): node is QuotedScalar =>
  isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')

/** A map, one key per line, indented by `indent` spaces; lists of plain values stay on the line of their key. */
export function blockText(map: Record<string, unknown>, indent: number): string[] {
  const document = new Document(map)
  visit(document, {
    Seq: (_position, node) => {
      node.flow = true
    },
    Scalar: (_position, node) => {
      if (typeof node.value === 'string' && /\p{Cc}/u.test(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  const lines = document.toString(STYLE).trimEnd().split('\n')
  return lines.map((line) => `${' '.repeat(indent)}${line}`)
}
