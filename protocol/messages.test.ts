import { expect, it } from 'vitest'
import {
  asText,
  joined,
  message,
  messageIn,
  MESSAGES,
  quoted,
  recognized,
  worded,
} from './messages.ts'
import { MESSAGES_ZH } from './messages_zh.ts'

const HELD = message('port.in_use', {
  port: 8768,
  host: 'localhost',
  holder: message('holder.program', { command: 'python3', pid: 4711 }),
})

it('a message is its English text, with its code and values beside it', () => {
  expect(HELD).toMatchObject({
    message: 'Port 8768 on localhost is already in use by python3 (pid 4711).',
    code: 'port.in_use',
    params: { port: 8768, holder: { code: 'holder.program' } },
  })
})

it('the messages within it are worded too', () => {
  expect(worded(HELD, MESSAGES_ZH)).toBe('localhost 上的端口 8768 已被 python3（pid 4711）占用。')
})

it.each([
  ['of somebody else', quoted('Permission denied')],
  ['of a newer version', { ...HELD, code: 'port.taken' }],
  ['whose values are others', { ...HELD, params: { port: 1 } }],
])('the text of a message %s stays as it came', (_what, said) => {
  expect(worded(said, MESSAGES_ZH)).toBe(said.message)
})

it('what is quoted cannot steer a terminal', () => {
  expect(quoted('a\u001b[2Jb').message).toBe('a\\x1b[2Jb')
  expect(message('answer.unaskable', { address: 'a\nb' }).params).toEqual({ address: 'a\\x0ab' })
})

it('sentences are joined, and a missing one left out', () => {
  const said = joined(message('answer.websocket'), null, message('port.or_wait'))
  expect(said.message).toBe('It accepts WebSockets, but is not a backend. Or wait.')
  expect(worded(said, MESSAGES_ZH)).toBe('它接受 WebSocket 连接，但不是后端。也可以等待端口释放。')
})

it('fields of a view keep their English text, with what it is made of beside them', () => {
  const view = asText({ sentence: HELD, remedy: null, reason: quoted('EACCES') })
  expect(view).toMatchObject({ sentence: HELD.message, remedy: null, reason: 'EACCES' })
  expect(messageIn(view, 'sentence')).toEqual(HELD)
  expect(messageIn(view, 'remedy')).toBeNull()
  expect(worded(messageIn(view, 'reason'), MESSAGES_ZH)).toBe('EACCES')
})

const filled = (template: string) => template.replaceAll(/\{\{(\w+)\}\}/g, '<$1>')

it.each(Object.entries(MESSAGES).filter(([key]) => key.startsWith('reply.')))(
  'the text of %s is recognized without its code',
  (key, text) => {
    const chinese = new Map(Object.entries(MESSAGES_ZH)).get(key.replace(/_one$/, '_other')) ?? ''
    expect(worded(recognized(filled(text)), MESSAGES_ZH)).toBe(filled(chinese))
  },
)

it('any other text is not recognized', () => {
  expect(recognized('the camera is covered')).toEqual({ message: 'the camera is covered' })
})
