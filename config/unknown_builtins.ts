/** Sections that no program serves: `runtime: builtin` under a name that is not a built-in backend. */
import { BUILTIN_NAMES, isBuiltinName } from '../protocol/builtin_names.ts'
import type { ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { parseYaml } from './parse_yaml.ts'

/** `config` is what `text` was read as. */
export function unknownBuiltins(
  { model_backends: sections }: ModelsConfig,
  { text, file }: { text: string; file: string },
): ConfigProblem[] {
  const unknown = Object.entries(sections).filter(
    ([name, { runtime }]) => runtime === 'builtin' && !isBuiltinName(name),
  )
  if (unknown.length === 0) return []
  const read = parseYaml(text)
  return unknown.map(([name]) => ({
    file,
    line: read.ok ? read.lineOf(['model_backends', name]) : null,
    key: `model_backends.${name}`,
    message: `has runtime: builtin, and there is no built-in backend "${name}" (${BUILTIN_NAMES.join(', ')})`,
    remedy: 'set runtime: onnx for your own model file, command for your own program, or external',
  }))
}
