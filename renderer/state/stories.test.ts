import { expect, test } from 'vitest'
import type { PlaneEvent } from '../../protocol/events.ts'
import { settledAt, storiesOf } from './stories.ts'

let seq = 0
const event = (differing: Partial<PlaneEvent>): PlaneEvent => ({
  seq: seq++,
  time: seq * 1000,
  kind: 'state',
  level: 'info',
  backend: 'emotion',
  message: '',
  ...differing,
})
const asked = (action: PlaneEvent['action'], backend = 'emotion') =>
  event({ kind: 'action', action, backend })
const state = (name: string, backend = 'emotion') => event({ state: name, backend })
const told = (events: PlaneEvent[]) =>
  storiesOf(events).map(
    ({ kind, events: own, isAsked }) => `${isAsked ? 'asked ' : ''}${kind} ${own.length}`,
  )

test('a start is one story from the request to ready', () => {
  expect(told([asked('start'), state('starting'), state('loading'), state('ready')])).toEqual([
    'asked start 4',
  ])
})

test('a start without a request is nobody’s doing', () => {
  expect(told([state('starting'), state('ready')])).toEqual(['start 2'])
})

test('stories of several backends do not mix', () => {
  const events = [
    asked('start'),
    asked('start', 'eeg'),
    state('starting'),
    state('starting', 'eeg'),
    state('ready', 'eeg'),
    state('ready'),
  ]
  expect(told(events)).toEqual(['asked start 3', 'asked start 3'])
})

test('a crash goes on until the backend is ready again, its late card included', () => {
  const events = [
    state('ready'),
    state('backoff'),
    event({ kind: 'crash' }),
    state('starting'),
    state('ready'),
    event({ kind: 'crash' }),
  ]
  expect(told(events)).toEqual(['state 1', 'crash 5'])
})

test('a crash loop is one story up to the last failure', () => {
  const events = [
    state('backoff'),
    state('starting'),
    state('backoff'),
    state('starting'),
    state('failed'),
    event({ kind: 'crash' }),
  ]
  expect(told(events)).toEqual(['crash 6'])
})

test('a start that fails is shown as a failure', () => {
  expect(told([asked('start'), state('starting'), state('failed')])).toEqual([
    'asked start_failed 3',
  ])
})

test('a stop ends with what it freed', () => {
  expect(
    told([asked('stop'), state('stopping'), state('disabled'), event({ kind: 'stop' })]),
  ).toEqual(['asked stop 4'])
})

test('a change of the configuration stands alone', () => {
  expect(
    told([event({ kind: 'config', backend: null }), event({ kind: 'config', backend: null })]),
  ).toEqual(['config 1', 'config 1'])
})

test('a story is over once the backend rests in a state', () => {
  const [going] = storiesOf([state('starting')])
  const ready = state('ready')
  const [over] = storiesOf([state('starting'), ready])
  expect([going && settledAt(going), over && settledAt(over)]).toEqual([null, ready.time])
})

test('a program that listens elsewhere is found out within its start', () => {
  expect(told([state('starting'), event({ kind: 'port' }), state('failed')])).toEqual([
    'start_failed 3',
  ])
})

test('a change that is taken back is one story, and what happens beside it stays apart', () => {
  const changed = () => event({ kind: 'config', message: 'config: port changes' })
  const tried = () => [
    state('stopping'),
    state('disabled'),
    event({ kind: 'stop' }),
    state('starting'),
    event({ kind: 'start_failed' }),
    state('backoff'),
    event({ kind: 'port' }),
    state('disabled'),
    state('starting'),
    state('ready'),
  ]
  const takenBack = () => event({ kind: 'config', level: 'error', taken_back: true })
  const late = () => event({ kind: 'port' })
  const events = [changed(), ...tried(), state('starting', 'eeg'), takenBack(), late()]
  expect(told(events)).toEqual(['config 13', 'start 1'])
  expect(told([...events, changed(), ...tried(), takenBack()])).toEqual([
    'config 13',
    'start 1',
    'config 12',
  ])
  expect(told([changed(), state('starting', 'emotion-2'), takenBack()])).toEqual(['config 3'])
  expect(told([takenBack()])).toEqual(['config 1'])
})
