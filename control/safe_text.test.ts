/** Text in terminals, files and exports has no characters that control a terminal or forge a line. */
import { strFromU8, unzipSync } from 'fflate'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { healthResponseSchema, pongSchema } from '../protocol/backend.ts'
import { problemText } from '../protocol/config_problem.ts'
import { endPanels, startHeadless } from '../testing/headless.ts'
import { freePort } from '../testing/processes.ts'
import { columns, json } from '../cli/table.ts'
import { exportBundle } from './crash/export_bundle.ts'
import { createCrashCard } from './crash/crash_card.ts'
import { EventLog } from './events/event_log.ts'
import { lineToJson, lineToText } from './logs/line_text.ts'
import { LogStore } from './logs/log_store.ts'

/** Except line feeds, which end the text's own lines. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/

const NASTY = ['\u001b[31m', '\u0007', '\u009b2J', '\n12:00:00 ERROR forged', '\r', '\u202e', '"']
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 6 })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''))

/** Every output for one hostile text; an entry's first line starts with `begins`. */
const OUTPUTS: Record<string, { begins: RegExp; text(hostile: string): string }> = {
  'a log line as text': {
    begins: /^1970-01-01T00:00:00\.005Z INFO {2}|^ {4}/,
    text: (given) => lineToText(logged(given)),
  },
  'a log line of an earlier version as text': {
    begins: /^1970-01-01T00:00:00\.005Z INFO {2}|^ {4}/,
    text: (given) => lineToText({ seq: 0, time: 5, level: 'info', source: 'a', message: given }),
  },
  'a log line as JSON': { begins: /^\{"seq":0/, text: (given) => lineToJson(logged(given)) },
  'an event': { begins: /^/, text: (given) => eventWith(given) },
  'a pong': {
    begins: /^/,
    text: (given) => {
      const pong = pongSchema.parse({
        type: 'pong',
        status: 'degraded',
        detail: given,
        provider: given,
        devices: [given],
        models: [{ name: given, sha256: given, bytes: 1, licence: given, origin: given }],
      })
      return [
        pong.detail,
        pong.provider,
        ...(pong.devices ?? []),
        ...(pong.models ?? []).flatMap(({ name, origin }) => [name, origin]),
      ].join('')
    },
  },
  'a health_response': {
    begins: /^/,
    text: (given) =>
      healthResponseSchema.parse({ type: 'health_response', status: 'x', model_type: given })
        .model_type ?? '',
  },
  'a table of the command line': {
    begins: /^emotion {2}/,
    text: (given) => columns([['emotion', given, '-']]).trimEnd(),
  },
  'JSON of the command line': {
    begins: /^[{} ]/,
    text: (given) => json({ [given]: given }).trim(),
  },
  'the log of a crash bundle': {
    begins: /^0 1970-01-01T00:00:00\.005Z info |^ {4}|^$/,
    text: (given) => bundledLog(given),
  },
  'a problem of models.yaml': {
    begins: /^models\.yaml:\d+: /,
    text: (given) => {
      const yaml = JSON.stringify({ model_backends: { [`a${given}`]: { port: given } } })
      const loaded = parseConfig(yaml, 'models.yaml')
      if (loaded.ok) throw new Error('accepted')
      return loaded.problems.map(problemText).join('\n')
    },
  },
}

function logged(given: string) {
  const store = new LogStore(() => 5)
  store.add({
    source: 'a',
    level: 'info',
    message: given,
    request_id: given,
    fields: { [given]: given },
  })
  const line = store.at(0)
  if (line === undefined) throw new Error('no line')
  return line
}

function eventWith(message: string): string {
  const events: string[] = []
  const log = new EventLog({
    now: () => 5,
    onEvent: (event) => events.push(event.message),
    warn: () => undefined,
  })
  log.add({ kind: 'state', level: 'info', backend: 'a', message })
  void log.close()
  return events.join('')
}

function bundledLog(given: string): string {
  const card = createCrashCard(
    {
      backend: 'a',
      time: 5,
      exit: { code: 1, signal: null, failure: null },
      owner: 'foreign',
      phase: 'ready',
      killReason: null,
      startHint: null,
      oomKill: null,
      oomReason: null,
      runtime: 'command',
      command: [],
      pid: 1,
      attempt: 1,
      uptime_ms: 1,
      provider: null,
      versions: { switchyard: '1', node: null, platform: 'linux', onnxruntime: null },
      memory: [],
      memoryReason: null,
      in_flight: [],
      config: {},
      lines: [logged(given)],
      runFirstSeq: 0,
    },
    () => '00000000',
  )
  const files = unzipSync(exportBundle(card).bytes)
  return strFromU8(files['log.txt'] ?? new Uint8Array())
}

describe('text of others', () => {
  it.each(Object.entries(OUTPUTS))('is safe in %s', (_name, { begins, text }) => {
    fc.assert(
      fc.property(hostile, (given) => {
        const shown = text(given)
        expect(shown).not.toMatch(UNSAFE)
        for (const line of shown.split('\n')) expect(line).toMatch(begins)
      }),
      { numRuns: 200 },
    )
  })

  it('in a pong is cut where it would fill a row', () => {
    const { detail } = pongSchema.parse({
      type: 'pong',
      status: 'degraded',
      detail: 'x'.repeat(900_000),
    })
    expect(detail).toBe(`${'x'.repeat(1000)}…`)
  })
})

describe('a running control plane', () => {
  afterEach(endPanels)

  it('prints and exports nothing raw of a hostile backend', async () => {
    const port = await freePort()
    const hostilePong = JSON.stringify({
      type: 'pong',
      status: 'degraded',
      provider: '\u001b[32mGPU\u009b0m',
      detail: '\u001b]0;owned\u0007\n12:00:00 ERROR forged: \u202edab',
    })
    const program = `
      const { WebSocketServer } = require('ws')
      const server = new WebSocketServer({ port: ${port}, host: '127.0.0.1' })
      server.on('connection', (s) => s.on('message', () => s.send(process.argv[1])))
      console.log(JSON.stringify({ level: 'error', msg: 'a\\n12:00:00 ERROR logged' }))`
    const command = [process.execPath, '-e', program, hostilePong]
    const panel = await startHeadless(
      JSON.stringify({
        model_backends: {
          hostile: {
            port,
            host: '127.0.0.1',
            enabled: true,
            health_interval: 0.2,
            runtime: 'command',
            command,
          },
        },
      }),
    )
    const { detail, provider } = await panel.backendWhere(({ state }) => state === 'degraded')
    await panel.process.waitFor(/hostile: degraded: /)
    const exported = await fetch(`${panel.http}/download/logs?format=text`, {
      headers: panel.headers,
    })
    const texts = [detail ?? '', provider ?? '', panel.process.output(), await exported.text()]
    for (const text of texts) {
      expect(text).not.toMatch(UNSAFE)
      expect(text).not.toMatch(/^12:00:00/m)
    }
    expect(texts[3]).toContain('ERROR logged')
  })
})
