import type { TrialRunView } from '../../../protocol/trial_run.ts'
import type { Field, Source } from './draft.ts'

/** Causes that one field can fix. */
const FIELD_OF_CAUSE: Partial<Record<NonNullable<TrialRunView['cause']>['code'], Field>> = {
  model_missing: 'model',
  model_corrupt: 'model',
  working_folder_missing: 'cwd',
  interpreter_missing: 'command',
  program_not_found: 'command',
  program_not_executable: 'command',
  python_module_missing: 'command',
  node_module_missing: 'command',
  wrong_port: 'command',
}

/** Configuration keys as errors name them; longer keys precede those they contain. */
const FIELD_OF_KEY: readonly [key: RegExp, field: Field][] = [
  [/\bpreprocess\.size\b/, 'size'],
  [/\bpreprocess\.(?:mean|std|divide_by)\b/, 'range'],
  [/\bpreprocess\.layout\b/, 'layout'],
  [/\bpreprocess\.colour\b/, 'colour'],
  [/\boutput\.tensor\b/, 'tensor'],
  [/\boutput\.activation\b/, 'activation'],
  [/\blabels\b/i, 'labels'],
  [/\boutput\.\w+|\boutput "/, 'output'],
  [/\bmodel file\b/i, 'model'],
]

const SOURCE_FIELDS: Record<Source, (field: Field) => boolean> = {
  onnx: (field) => field !== 'command' && field !== 'cwd',
  command: (field) => field === 'command' || field === 'cwd',
  builtin: () => false,
  external: () => false,
}

/** null if the failure concerns no field of this source. */
export function fieldOfFailure(
  source: Source,
  { reason, cause }: { reason: string; cause: TrialRunView['cause'] },
): Field | null {
  const byKey = source === 'onnx' ? FIELD_OF_KEY.find(([key]) => key.test(reason))?.[1] : undefined
  const field = byKey ?? (cause === null ? undefined : FIELD_OF_CAUSE[cause.code])
  return field !== undefined && SOURCE_FIELDS[source](field) ? field : null
}
