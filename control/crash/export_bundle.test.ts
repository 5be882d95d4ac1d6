import fc from 'fast-check'
import { strFromU8, unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { crashCardSchema, type CrashCard } from '../../protocol/crash.ts'
import { exportBundle } from './export_bundle.ts'
import { createTextRedactor, currentIdentity, type Identity } from './redact.ts'

const TIME = Date.UTC(2026, 0, 31)
const IDENTITY: Identity = {
  homeDir: '/home/zoltan',
  userName: 'zoltan',
  hostName: 'quirk-box.corp.example',
  environment: {},
}

function cardOf(messages: string[], given: Partial<CrashCard> = {}): CrashCard {
  return {
    format: 1,
    id: '20260131T000000000Z-emotion-0123abcd',
    backend: 'emotion',
    time: TIME,
    exit: { code: 3, signal: null, failure: null, words: 'exit code 3: could not load its model' },
    kill_reason: null,
    phase: 'loading',
    pid: 4711,
    attempt: 1,
    uptime_ms: 1500,
    provider: 'CPU',
    versions: { switchyard: '0.1.0', node: 'v20.19.0', platform: 'linux', onnxruntime: '1.30.0' },
    cause: null,
    log: messages.map((message, seq) => ({
      ...{ seq, time: TIME, level: 'info', source: 'emotion', message },
    })),
    log_omitted: 0,
    memory: [{ time: TIME, rss_bytes: 5 }],
    memory_reason: null,
    in_flight: [{ request_id: 'r1', input_hashes: ['ab'.repeat(32)], bytes: 10 }],
    in_flight_omitted: 0,
    config: { port: 8768 },
    ...given,
  }
}

function open(
  card: CrashCard,
  identity = IDENTITY,
): { files: Record<string, string>; all: string } {
  const { bytes, fileName } = exportBundle(card, identity)
  const files = Object.fromEntries(
    Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]),
  )
  const raw = Buffer.from(bytes).toString('latin1')
  return { files, all: [fileName, raw, ...Object.values(files)].join('\n') }
}

describe('a bundle', () => {
  it('is a ZIP with the card, the log as text and a word to the reader', () => {
    const { bytes, fileName } = exportBundle(cardOf(['loading the model', 'done']), IDENTITY)
    expect(fileName).toBe('crash-20260131T000000000Z-emotion-0123abcd.zip')
    expect([...bytes.slice(0, 4)]).toEqual([0x50, 0x4b, 3, 4])
    const { files } = open(cardOf(['loading the model', 'done']))
    expect(Object.keys(files).sort()).toEqual(['README.txt', 'crash.json', 'log.txt'])
    expect(files['log.txt']).toContain(
      '0 2026-01-31T00:00:00.000Z info emotion loading the model\n',
    )
  })

  it('leaves a card without secrets as it is', () => {
    const card = cardOf(['ready on CPU in 812 ms; max_tokens=512, tokens: 9, port 8768'])
    const text = open(card).files['crash.json'] ?? ''
    expect(crashCardSchema.parse(JSON.parse(text))).toEqual(card)
  })

  it('can be made of a card whose clock or whose lines tell a strange time', () => {
    const card = cardOf(['x'], { time: 5 })
    card.log = card.log.map((line) => ({ ...line, time: 1e300 }))
    expect(open(card).files['log.txt']).toContain('1e+300')
  })

  it('knows this person', () => {
    const { homeDir, hostName } = currentIdentity()
    expect(homeDir).not.toBe('')
    expect(hostName).not.toBe('')
  })
})

describe('a text', () => {
  const redact = createTextRedactor(IDENTITY, ['s3cr&t "x"'])
  it.each([
    [
      'Panel: http://127.0.0.1:8765/?token=abc123&x=1',
      'Panel: http://127.0.0.1:8765/?token=[secret]&x=1',
    ],
    ['Authorization: Bearer abc.def, more', 'Authorization: [secret]'],
    ['sent bearer abcdef123 to it', 'sent bearer [secret] to it'],
    ['{"api_key":"a b c","n":1}', '{"api_key":"[secret]","n":1}'],
    ['{\\"password\\":\\"a b\\"}', '{\\"password\\":\\"[secret]\\"}'],
    ['DB_PASSWORD=hunter2 PORT=1', 'DB_PASSWORD=[secret] PORT=1'],
    ['run --api-key hunter2 --port 1', 'run --api-key [secret] --port 1'],
    ['git clone https://me:pw1@example.com/r', 'git clone https://[secret]@example.com/r'],
    ['mail to anna.b+c@mail.example.org now', 'mail to [e-mail] now'],
    ['/home/zoltan/models/a.onnx', '~/models/a.onnx'],
    ['/home/berta/a.onnx', '/home/[user]/a.onnx'],
    ['C:\\Users\\Anna Smith\\a.dll', 'C:\\Users\\[user]\\a.dll'],
    ['on QUIRK-BOX as Zoltan', 'on [host] as [user]'],
    ['got s3cr&t "x" there', 'got [secret] there'],
    [`image ${'QUJD'.repeat(60)}== end`, 'image [base64, 242 characters] end'],
    ['key hf_abcdefghijklmnopqrst', 'key [secret]'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it('with base64 of 200 characters keeps it', () => {
    expect(redact('a'.repeat(200))).toBe('a'.repeat(200))
  })

  it('of a user with a default name keeps ordinary words', () => {
    const plain = createTextRedactor({ homeDir: '/root', userName: 'root', hostName: 'pc' }, [])
    expect(plain('INFO:root:loaded /root/m on pc, pcm')).toBe('INFO:root:loaded ~/m on [host], pcm')
  })

  it('on Windows loses the home folder with any slash, and doubled in JSON', () => {
    const identity = { homeDir: 'C:\\Users\\Zoltan K', userName: 'Zoltan K', hostName: 'w' }
    const windows = createTextRedactor(identity, [])
    expect(windows('c:/users/zoltan k/m C:\\\\Users\\\\Zoltan K\\\\m')).toBe('~/m ~\\\\m')
  })
})

describe('secrets at any place', () => {
  const letters = (min: number, max: number) =>
    fc.string({
      unit: fc.constantFrom(...'ghjkqvwxyzGHJKQVWXYZ23456789'),
      minLength: min,
      maxLength: max,
    })
  const email = fc.tuple(letters(6, 12), letters(6, 12)).map(([a, b]) => `${a}@${b}.example`)
  /** [printed text, text that must not be found]. */
  const seen = fc.oneof(
    letters(8, 40).map((secret) => [`http://127.0.0.1:8765/?token=${secret}`, secret]),
    letters(8, 40).map((secret) => [`Authorization: Bearer ${secret}`, secret]),
    letters(8, 40).map((secret) => [`bearer ${secret}`, secret]),
    letters(8, 40).map((secret) => [`API_KEY=${secret}`, secret]),
    letters(8, 40).map((secret) => [`{"client_secret": "${secret} ${secret}"}`, secret]),
    letters(8, 40).map((secret) => [`--hf-token ${secret}`, secret]),
    letters(30, 40).map((secret) => [`ghp_${secret}`, secret]),
    letters(201, 900).map((blob) => [`data:image/png;base64,${blob}`, blob.slice(0, 150)]),
    email.map((address) => [address, address]),
    fc
      .constantFrom(IDENTITY.homeDir, IDENTITY.userName, IDENTITY.hostName, 'quirk-box')
      .map((name) => [name, name]),
  )
  /** Surrounding text; its adjacent characters do not belong to the token. */
  const around = fc.string({ unit: 'grapheme', maxLength: 60 })
  const planted = fc.tuple(around, seen, around).map(([before, [text, secret], after]) => ({
    text: `${before} ${text} ${after}`,
    secret: secret ?? '',
  }))
  const envValue = fc
    .string({ unit: 'grapheme', minLength: 8, maxLength: 40 })
    .filter((value) => value.trim().length >= 8)

  it('never occur in the bundle', () => {
    fc.assert(
      fc.property(
        fc.array(planted, { minLength: 1, maxLength: 5 }),
        fc.array(planted, { minLength: 1, maxLength: 3 }),
        (inLog, inConfig) => {
          const nested = inConfig.map(({ text }) => ({ deep: [text, { [text]: text }] }))
          const card = cardOf(
            inLog.map(({ text }) => text),
            { config: { nested } },
          )
          card.log[0] = {
            ...card.log[0]!,
            fields: { error: inConfig[0]?.text },
            request_id: inLog[0]?.text ?? '',
          }
          card.kill_reason = inLog[0]?.text ?? null
          const { all } = open(card)
          for (const { secret } of [...inLog, ...inConfig]) expect(all).not.toContain(secret)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never occur, when they are known from env or from a secret key, in whatever form a line has them', () => {
    /** How a line writes it, and the part that must not be found. */
    const forms: { write(secret: string): string; find(secret: string): string }[] = [
      { write: (secret) => secret, find: (secret) => secret },
      { write: (secret) => `${secret}${secret}`, find: (secret) => secret },
      {
        write: (secret) => JSON.stringify({ x: secret }),
        find: (secret) => JSON.stringify(secret).slice(1, -1),
      },
      {
        write: (secret) => encodeURIComponent(secret),
        find: (secret) => encodeURIComponent(secret),
      },
      {
        write: (secret) => Buffer.from(secret).toString('base64'),
        find: (secret) => Buffer.from(secret).toString('base64').replace(/.?=*$/, ''),
      },
    ]
    fc.assert(
      fc.property(
        fc.tuple(envValue, letters(8, 20), letters(8, 20)),
        fc.constantFrom(...forms),
        around,
        around,
        ([value, key, argument], form, before, after) => {
          const secrets = [value, key, argument]
          const messages = secrets.map((secret) => `${before}${form.write(secret)}${after}`)
          const config = {
            env: { SOME_NAME: value },
            options: { api_key: key },
            command: ['serve', '--token', argument],
          }
          const { files } = open(cardOf(messages, { config }))
          const { config: shown, log } = JSON.parse(files['crash.json'] ?? '') as CrashCard
          expect(shown).toEqual({
            env: { SOME_NAME: '[env value]' },
            options: { api_key: '[secret]' },
            command: ['serve', '--token', '[secret]'],
          })
          const texts = [...log.map(({ message }) => message), files['log.txt'] ?? '']
          for (const secret of secrets) {
            for (const text of texts) expect(text).not.toContain(form.find(secret))
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
