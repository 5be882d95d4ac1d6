/** Commands that match the query, best first. */
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

/** Fuzzy match of all words in any order; equal matches keep their order. */
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
  return ofKind
    .map((command) => ({ command, score: scoreOf(command, text) }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score)
    .map(({ command }) => command)
}

/** Ranks a disruptive command below all other matches unless its own word was typed. */
const UNNAMED_FACTOR = 1e-6

function scoreOf(command: PaletteCommand, text: string): number {
  const { label, group, backend, isDisruptive = false } = command
  const typed = text.split(/\s+/)
  const scores = typed.map((word) => defaultFilter(label, word, [group]))
  if (scores.some((score) => score === 0)) return 0
  const score = scores.reduce((sum, one) => sum + one, 0) / scores.length
  if (!isDisruptive || backend === null) return score
  const verb = label.replace(backend, '')
  const isNamed = typed.some((word) => defaultFilter(verb, word, []) > 0)
  return isNamed ? score : score * UNNAMED_FACTOR
}

export function grouped(commands: readonly PaletteCommand[]): [string, PaletteCommand[]][] {
  const groups = new Map<string, PaletteCommand[]>()
  for (const command of commands) {
    const members = groups.get(command.group)
    if (members === undefined) groups.set(command.group, [command])
    else members.push(command)
  }
  return [...groups]
}
