/** The raw sections of models.yaml, without defaults, with their lines. load.ts validates them. */
import {
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Node,
} from 'yaml'
import type { ConfigSection } from '../protocol/config_edits.ts'
import { mapOf, ROOT } from './edit_value.ts'

/** In file order. Empty when the text is not valid YAML or has no map of backends. */
export function sectionsIn(text: string): ConfigSection[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true })
  const root = document.errors.length > 0 ? null : document.get(ROOT, true)
  if (!isMap(root)) return []
  try {
    return root.items.flatMap(({ key, value }) => {
      if (!isScalar(key) || !key.range) return []
      const first = lines.linePos(key.range[0]).line
      return [
        {
          backend: String(key.value),
          values: isNode(value) ? mapOf(value.toJS(document)) : {},
          first_line: first,
          last_line: isNode(value) ? Math.max(first, lastLineOf(value, lines)) : first,
        },
      ]
    })
  } catch {
    // The yaml package reports a missing anchor, too many aliases, or a merge key without a map only here.
    return []
  }
}

/** The range of a block map extends over comments to the next key, so its last entry decides. */
function lastLineOf(node: Node, lines: LineCounter): number {
  let end = 0
  const reach = ({ range }: Node, isWhole: boolean) => {
    // The end is after the last character; for a block scalar, after its line break.
    if (range) end = Math.max(end, isWhole ? range[1] - 1 : range[0])
  }
  visit(node, {
    Node: (_key, one) => reach(one, !isCollection(one) || one.flow === true),
  })
  return lines.linePos(end).line
}
