/** What is typed into the wizard, what is still missing of it, and the section that it becomes. Pure. */
import { readAddress } from '../../../protocol/address.ts'
import { BACKEND_NAME_PATTERN, PORT_MAX, PORT_MIN } from '../../../protocol/config.ts'

export const SOURCES = ['onnx', 'command', 'builtin', 'external'] as const
export type Source = (typeof SOURCES)[number]
export const TEMPLATES = ['fatigue', 'emotion', 'eeg'] as const

export interface Draft {
  source: Source
  name: string
  port: string
  model: string
  output: 'classification' | 'detection'
  command: string
  cwd: string
  template: string
  address: string
  isEnabled: boolean
}

export const NEW_DRAFT: Draft = {
  source: 'onnx',
  name: '',
  port: '8770',
  model: '',
  output: 'classification',
  command: '',
  cwd: '',
  template: '',
  address: 'ws://localhost:8770',
  isEnabled: true,
}

export type Missing = 'name' | 'port' | 'model' | 'command' | 'address' | 'template'

/** The first field that is not usable yet; null: all are. */
export function missingOf(draft: Draft): Missing | null {
  if (draft.source === 'builtin') {
    if (draft.template === '') return 'template'
  } else if (!BACKEND_NAME_PATTERN.test(draft.name)) return 'name'
  if (draft.source === 'onnx' && draft.model.trim() === '') return 'model'
  if (draft.source === 'command' && wordsOf(draft.command).length === 0) return 'command'
  if (draft.source === 'external') return addressOf(draft.address) === null ? 'address' : null
  const port = Number(draft.port)
  return /^\d+$/.test(draft.port) && port >= PORT_MIN && port <= PORT_MAX ? null : 'port'
}

/** The program of a built-in backend is chosen by its name. */
export const nameOf = ({ source, name, template }: Draft): string =>
  source === 'builtin' ? template : name

export function sectionOf(draft: Draft): Record<string, unknown> {
  const port = Number(draft.port)
  const enabled = draft.isEnabled ? { enabled: true } : {}
  switch (draft.source) {
    case 'builtin':
      return { host: 'localhost', port, ...enabled }
    case 'onnx':
      return {
        runtime: 'onnx',
        host: 'localhost',
        port,
        ...enabled,
        model: draft.model.trim(),
        output: { type: draft.output },
      }
    case 'command':
      return {
        runtime: 'command',
        host: 'localhost',
        port,
        ...enabled,
        command: wordsOf(draft.command),
        ...(draft.cwd.trim() === '' ? {} : { cwd: draft.cwd.trim() }),
      }
    case 'external':
      return { runtime: 'external', ...addressOf(draft.address) }
  }
}

/** `ws://host:port`, or `host:port`; null for anything else. */
export function addressOf(text: string): { host: string; port: number } | null {
  const read = readAddress(text.trim().replace(/^(?:ws:\/\/)?(.*?)\/?$/i, '$1'))
  if (!read.ok || read.port < PORT_MIN || read.port > PORT_MAX) return null
  return { host: read.host, port: read.port }
}

/** As a shell splits them: spaces part words, but not inside quotes. An open quote ends with the text. */
export function wordsOf(command: string): string[] {
  const words = command.matchAll(/(?:"[^"]*"?|'[^']*'?|[^\s"'])+/g)
  return [...words].map(([word]) => word.replace(/"([^"]*)"?|'([^']*)'?/g, '$1$2'))
}
