/** The backends that come with Switchyard; backends/registry.ts has their code. */
export const BUILTIN_NAMES = ['fatigue', 'eeg', 'emotion'] as const
export type BuiltinName = (typeof BUILTIN_NAMES)[number]

export const isBuiltinName = (name: string): name is BuiltinName =>
  (BUILTIN_NAMES as readonly string[]).includes(name)
