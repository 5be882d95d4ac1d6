/** Sections that no program serves: `runtime: builtin` under a name that is not a built-in backend. */
import { LineCounter, parseDocument } from 'yaml'
import { BUILTIN_NAMES, isBuiltinName } from '../protocol/builtin_names.ts'
import type { ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { lineOf } from './load.ts'

/** `config` is what `text` was read as. */
export function unknownBuiltins(
  { model_backends: sections }: ModelsConfig,
  { text, file }: { text: string; file: string },
): ConfigProblem[] {
  const unknown = Object.entries(sections).filter(
    ([name, { runtime }]) => runtime === 'builtin' && !isBuiltinName(name),
  )
  if (unknown.length === 0) return []
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  return unknown.map(([name]) => ({
    file,
    line: lineOf(document, lines, ['model_backends', name]),
    key: `model_backends.${name}`,
    message: `has runtime: builtin, and there is no built-in backend "${name}" (${BUILTIN_NAMES.join(', ')})`,
    remedy: 'set runtime: onnx for your own model file, command for your own program, or external',
  }))
}
