/** Secrets as programs print them, and what a bundle keeps because it explains the crash. */
import { strFromU8, unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { createCrashCard } from './crash_card.ts'
import { exportBundle } from './export_bundle.ts'
import type { Identity } from './redact.ts'
import { redactPatterns } from './secret_patterns.ts'

const IDENTITY: Identity = {
  homeDir: '/home/zoltan',
  userName: 'zoltan',
  hostName: 'quirk-box',
  environment: {
    PATH: '/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TERM: 'xterm-256color',
    NODE_ENV: 'production',
    BUILD_NUMBER: '20260131',
    LOG_FORMAT: 'json',
    STAGE: 'production',
    COMPANY_PIN: 'Xk7!',
    DEPLOY_PASS: 'Ab1c',
    LICENCE_SERVER: 'lic-4711.acme.example',
    CUSTOM_ID: 'q7Zr-8812-plop',
  },
}

function bundled(messages: string[], config: Record<string, unknown> = {}): string {
  const card = createCrashCard(
    {
      backend: 'emotion',
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
      config,
      lines: messages.map((message, seq) => ({
        seq,
        time: 5,
        level: 'info',
        source: 'emotion',
        message,
        fields: { copy: message },
      })),
      runFirstSeq: 0,
    },
    () => '00000000',
  )
  const files = unzipSync(exportBundle(card, IDENTITY).bytes)
  return ['crash.json', 'log.txt'].map((name) => strFromU8(files[name] ?? new Uint8Array())).join()
}

// Assembled here, so that secret scanners of this repository do not report them.
const mixed = (length: number) => 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA'.repeat(8).slice(0, length)
const hex = (length: number) => '0123456789abcdef'.repeat(16).slice(0, length)
const AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz8EXAMPLE'

/** Printed text, and the part that must not be found. */
const PLANTED: [string, string, string][] = [
  ['name PASS', 'DB_PASS=hunter22', 'hunter22'],
  ['name pass:', 'user: anna pass: hunter22', 'hunter22'],
  ['name pw', 'login pw=hunter22 ok', 'hunter22'],
  ['name pwd', 'pwd=hunter22', 'hunter22'],
  ['name key', 'key=hunter22', 'hunter22'],
  ['name key in JSON', '{"key": "hunter22"}', 'hunter22'],
  ['name auth', 'auth: hunter22', 'hunter22'],
  ['name otp', 'otp=hunter22', 'hunter22'],
  ['password in a sentence', 'the password is hunter22.', 'hunter22'],
  ['password in a URL', 'postgres://anna:hunter22@db:5432/x', 'hunter22'],
  ['token in a URL', `https://${hex(32)}@o0.ingest.sentry.io/1`, hex(32)],
  ['curl -u', 'curl -u anna:hunter22 http://x', 'hunter22'],
  [
    'HTTP Basic',
    `sent Basic ${Buffer.from('anna:hunter22').toString('base64')}`,
    'YW5uYTpodW50ZXIyM'.slice(0, 14),
  ],
  ['AWS key id', `AKIA${'ABCDEFGH12345678'}`, 'ABCDEFGH12345678'],
  ['AWS secret after its id', `AKIA${'ABCDEFGH12345678'} ${AWS_SECRET}`, AWS_SECRET],
  ['AWS secret after a blank', `aws_secret_access_key ${AWS_SECRET}`, AWS_SECRET],
  ['AWS secret alone', `using ${AWS_SECRET} now`, AWS_SECRET],
  ['Stripe restricted', `rk_live_${mixed(24)}`, mixed(24)],
  ['Stripe secret', `sk_live_${mixed(24)}`, mixed(24)],
  ['Stripe webhook', `whsec_${mixed(32)}`, mixed(32)],
  ['Slack webhook', `https://hooks.slack.com/services/T0/B0/${mixed(24)}`, mixed(24)],
  ['Slack bot', `xoxb-123-${mixed(24)}`, mixed(24)],
  ['Slack app', `xapp-1-${mixed(24)}`, mixed(24)],
  ['Discord webhook', `https://discord.com/api/webhooks/123/${mixed(60)}`, mixed(60)],
  ['Discord bot', `M${mixed(23)}.${mixed(6)}.${mixed(38)}`, mixed(38)],
  ['Teams webhook', `https://acme.webhook.office.com/webhookb2/${hex(32)}`, hex(32)],
  ['Telegram bot', `123456789:AA${mixed(33)}`, mixed(33)],
  ['xAI', `xai-${mixed(40)}`, mixed(40)],
  ['Replicate', `r8_${mixed(37)}`, mixed(37)],
  ['Groq', `gsk_${mixed(40)}`, mixed(40)],
  ['Twilio account', `AC${hex(32)}`, hex(32)],
  ['Twilio key', `SK${hex(32)}`, hex(32)],
  ['SendGrid', `SG.${mixed(22)}.${mixed(43)}`, mixed(43)],
  ['Weights & Biases', `wandb: logged in, API ${hex(40)}`, hex(40)],
  ['Weights & Biases, as a command', `wandb login ${hex(40)}`, hex(40)],
  ['Hugging Face', `hf_${mixed(34)}`, mixed(34)],
  ['GitHub', `ghp_${mixed(36)}`, mixed(36)],
  ['GitHub, fine-grained', `github_pat_${mixed(40)}`, mixed(40)],
  ['GitLab', `glpat-${mixed(20)}`, mixed(20)],
  ['npm', `npm_${mixed(36)}`, mixed(36)],
  ['Google', `AIza${mixed(35)}`, mixed(35)],
  ['Google OAuth', `ya29.${mixed(40)}`, mixed(40)],
  ['OpenAI', `sk-${mixed(48)}`, mixed(48)],
  ['OpenAI project', `sk-proj-${mixed(48)}`, mixed(48)],
  ['Anthropic', `sk-ant-api03-${mixed(48)}`, mixed(48)],
  ['Vault', `hvs.${mixed(24)}`, mixed(24)],
  ['JSON Web Token', `eyJhbGciOiJIUzI1NiJ9.${mixed(40)}.${mixed(43)}`, mixed(43)],
  [
    'PEM',
    `-----BEGIN RSA PRIVATE KEY-----\n${mixed(64)}\n-----END RSA PRIVATE KEY-----`,
    mixed(64),
  ],
  ['inherited variable under a secret name', 'got Ab1c here', 'Ab1c'],
  ['inherited variable with a host', 'connecting to lic-4711.acme.example', 'acme'],
  ['inherited variable of any name', 'id q7Zr-8812-plop', 'q7Zr-8812'],
  ['folder of a client', 'File "/srv/acme-bank/pilot/backend.py", line 3', 'acme-bank'],
  ['folder of a client on Windows', 'at D:\\clients\\acme-bank\\run.py', 'acme-bank'],
  ['folder in a file URL', 'at file:///srv/acme-bank/pilot/backend.js:3:1', 'acme-bank'],
  ['mounted drive', 'open /Volumes/AnnasDisk/m.onnx and /run/media/x/AnnasDisk/y', 'AnnasDisk/m'],
]

describe('a bundle holds no', () => {
  it.each(PLANTED)('%s', (_kind, message, secret) => {
    for (const text of [message, `before ${message}`, `${message}, after`, `{"x":"${message}"}`]) {
      expect(bundled([text])).not.toContain(secret)
    }
  })

  it('value of env of four letters, wherever it is printed by itself', () => {
    const text = bundled(['pin Xk7q!', 'use Xk7q now', 'Xk7qabc'], { env: { PIN: 'Xk7q' } })
    expect(text).not.toMatch(/Xk7q(?!abc)/)
  })
})

describe('a bundle keeps', () => {
  it.each([
    'ModuleNotFoundError: No module named torch',
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:8768',
    '/usr/lib/python3/dist-packages/numpy/core.py:12: UserWarning: old',
    'GET /backends/emotion 404',
    'commit 0123456789abcdef0123456789abcdef01234567',
    'sha256 of the model: 3 parts, max_tokens=512',
    'symbol _ZN11onnxruntime16InferenceSession10InitializeEv+0x12',
    'cuda true production 20260131 json info',
    'monkey=1 turnkey: 2 compass: 3',
    'the basic information is there',
    'fp16 with batch 8 took 12.5 ms on port 8768',
  ])('%s', (message) => {
    expect(bundled([message], { env: { MODE: 'cuda', FLAG: 'true', LEVEL: 'info' } })).toContain(
      message,
    )
  })

  it('the file name of a path, and what follows a folder of packages', () => {
    const text = bundled([
      'at /srv/acme/a/backend.py:3',
      'at /srv/acme/a/.venv/lib/python3.11/site-packages/torch/nn.py:5',
      'at D:\\acme\\x\\run.py',
    ])
    expect(text).toContain('at [path]/backend.py:3')
    expect(text).toContain('at [path]/site-packages/torch/nn.py:5')
    expect(text).toContain('at [path]\\run.py')
  })
})

describe('a long line of any kind', () => {
  it.each([
    ['a'],
    ['A1'],
    ['/a'],
    ['/aa/'],
    ['C:\\a\\'],
    ['AKIA'],
    ['wandb '],
    ['key='],
    ['pass: '],
    ['basic '],
    ['://a'],
    ['-u a'],
    ['sk-'],
    ['M.'],
    ['the token is '],
    ['hooks.slack.com/'],
    ['secret key '],
    ['"\\'],
    ['aB3+'],
    ['123456789:'],
    ['eyJ.'],
    ['@a.'],
    ['-----BEGIN '],
  ])('is searched in time: %j again and again', (part) => {
    // A pattern that retries from each character would take hours.
    const text = part.repeat(200_000 / part.length)
    expect(typeof redactPatterns(text)).toBe('string')
    expect(bundled([text.slice(0, 100_000)])).not.toBe('')
  })
})
