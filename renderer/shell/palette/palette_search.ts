/** Which commands what was typed means, best first. Pure. */
import { defaultFilter } from 'cmdk'
import type { PaletteCommand } from './palette_commands.ts'

export interface Question {
  kind: 'any' | 'command' | 'backend' | 'request'
  text: string
}

const PREFIXES = { '>': 'command', '@': 'backend', '#': 'request' } as const

export function questionOf(typed: string): Question {
  const prefix = typed.trimStart()[0] ?? ''
  const kind = prefix in PREFIXES ? PREFIXES[prefix as keyof typeof PREFIXES] : 'any'
  const text = (kind === 'any' ? typed : typed.trimStart().slice(1)).trim()
  return { kind, text }
}

/** Those that match, fuzzily; the better matches first, and as they came among equals. */
export function foundIn(
  commands: readonly PaletteCommand[],
  { kind, text }: Question,
): PaletteCommand[] {
  if (kind === 'request') return []
  const ofKind = commands.filter(({ backend }) => {
    if (kind === 'backend') return backend !== null
    return kind === 'command' ? backend === null : true
  })
  if (text === '') return ofKind
  const scored = ofKind.map((command) => ({
    command,
    score: defaultFilter(command.words, text, [command.group]),
  }))
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score)
    .map(({ command }) => command)
}

/** Under their headings, in the order in which these come first. */
export function grouped(commands: readonly PaletteCommand[]): [string, PaletteCommand[]][] {
  const groups = new Map<string, PaletteCommand[]>()
  for (const command of commands) {
    const members = groups.get(command.group)
    if (members === undefined) groups.set(command.group, [command])
    else members.push(command)
  }
  return [...groups]
}
