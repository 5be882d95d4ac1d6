/**
 * An external backend that misbehaves on demand: `node faulty_backend.mjs --port P --fault NAME`. Otherwise it
 * follows the protocol. It imports nothing from the project.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'

const { values: given } = parseArgs({
  options: {
    host: { type: 'string', default: 'localhost' },
    port: { type: 'string' },
    fault: { type: 'string', default: 'none' },
    /** Created when the fault happens; while it exists, there is no fault. */
    once: { type: 'string' },
    /** Pending requests that trigger a running fault. */
    requests: { type: 'string', default: '1' },
    /** Lines or bytes of an output fault; milliseconds of a busy one. */
    size: { type: 'string', default: '0' },
    /** The kind of hostile reply. */
    form: { type: 'string', default: 'keys' },
    /** Starts a child that ignores SIGTERM too. */
    family: { type: 'boolean', default: false },
    /** Starts a daemon that leaves the process group and tree and runs until killed. */
    daemon: { type: 'boolean', default: false },
  },
})
const { host, port, family } = given
const size = Number(given.size)
const isCured = given.once !== undefined && existsSync(given.once)

/** Answered health checks per start step; more if the start ends there, so that the step is observed. */
const PONGS_A_STEP = 2
const PONGS_A_FATAL_STEP = 8
const STEPS = /** @type {const} */ (['loading', 'warm-up', 'ready'])

const SLOW_MS = 700
const SLOW_PONGS = 4
/** Node's and libuv's error for a port below 1024 (https://nodejs.org/api/errors.html, EACCES). */
const FORBIDDEN = 'Error: listen EACCES: permission denied 127.0.0.1:80'
/** The exit code of built-in backends for an unavailable port. */
const EXIT_PORT_UNAVAILABLE = 4

/** The fault has happened: with `once`, the next process behaves. */
const spend = () => {
  if (given.once !== undefined) writeFileSync(given.once, '')
}
/** @param {number} code */
const die = (code) => {
  spend()
  console.error(`ERROR ${given.fault}: ending with exit code ${code}`)
  process.exit(code)
}
const block = () => {
  spend()
  // Blocks this thread for good.
  for (;;);
}

/** @typedef {import('ws').WebSocket & { _socket: import('node:net').Socket }} Socket */
/**
 * @typedef {object} Life
 * @property {number} pongs health checks so far
 * @property {number} runPongs health checks since a fault of running began
 * @property {boolean} isFaulty a fault of running has begun
 */
/**
 * @typedef {object} Fault
 * @property {() => void | Promise<void>} [init] before it listens
 * @property {() => void} [loading] the last health check of the step `loading`
 * @property {() => void} [warmUp] the last health check of the step `warm-up`
 * @property {() => void | Promise<void>} [run] `requests` requests are in hand
 * @property {(socket: Socket, life: Life) => object | null} [pong] answers a health check while the fault lasts; null = has answered itself
 * @property {(socket: Socket, id: string) => void} [reply] answers a request while the fault lasts
 * @property {true} [ignoresSigterm]
 * @property {true} [neverLoads]
 */

/** @type {Record<string, Fault>} */
const FAULTS = {
  none: {},
  exit_at_init: { init: () => die(17) },
  exit_at_load: { loading: () => die(18) },
  exit_at_warmup: { warmUp: () => die(19) },
  exit_in_run: { run: () => die(20) },
  hang_in_load: { neverLoads: true },
  hang_before_listening: { init: () => new Promise(() => setInterval(() => undefined, 1000)) },
  hang_in_run: { run: block },
  stall_in_run: {
    run: spend,
    pong: (_socket, { runPongs }) => ({
      type: 'pong',
      status: 'degraded',
      detail: 'a run has outlasted its deadline',
      stalled_s: runPongs,
    }),
    reply: () => undefined,
  },
  ignore_sigterm: { ignoresSigterm: true },
  flood: { run: () => flood(size) },
  long_line: { run: () => longLine(size) },
  wrong_pong: {
    run: spend,
    pong: (socket) => {
      socket.send('{"type":"pong","status":')
      return null
    },
    reply: () => undefined,
  },
  slow_pong: {
    run: () => undefined,
    pong: (socket, { runPongs }) => {
      const pong = JSON.stringify({ type: 'pong', status: 'healthy' })
      setTimeout(() => socket.send(pong), runPongs <= SLOW_PONGS ? SLOW_MS : 0)
      return null
    },
  },
  half_pong: {
    run: spend,
    pong: (socket) => {
      socket._socket.write(HALF_FRAME)
      return null
    },
    reply: () => undefined,
  },
  half_reply_then_silence: {
    run: spend,
    reply: (socket) => socket._socket.write(HALF_FRAME),
  },
  half_reply_then_death: {
    run: spend,
    reply: (socket) => socket._socket.write(HALF_FRAME, () => die(21)),
  },
  busy_in_run: {
    run: () => {
      spend()
      const endMs = Date.now() + size
      while (Date.now() < endMs);
    },
  },
  // As Python's json.dumps writes it; most parsers reject it.
  nan_reply: {
    run: spend,
    reply: (socket, id) =>
      socket.send(`{"type":"inference_response","request_id":"${id}","data":{"score":NaN}}`),
  },
  huge_reply: {
    run: spend,
    reply: (socket, id) =>
      socket.send(
        JSON.stringify({
          type: 'inference_response',
          request_id: id,
          data: { text: 'x'.repeat(size) },
        }),
      ),
  },
  hostile_reply: {
    run: spend,
    reply: (socket, id) => socket.send(hostileReply(id)),
  },
  heap_exhausted: {
    run: () => {
      spend()
      console.error('<--- Last few GCs --->')
      console.error(
        'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      )
      process.abort()
    },
  },
  memory_error: {
    run: () => {
      console.error('MemoryError: Unable to allocate 7.45 GiB for an array')
      die(1)
    },
  },
  gpu_memory: {
    run: () => {
      spend()
      console.error('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.')
      // As the kernel's out-of-memory killer does: 137 to a shell.
      process.kill(process.pid, 'SIGKILL')
    },
  },
  port_forbidden: {
    init: () => {
      console.error(FORBIDDEN)
      die(EXIT_PORT_UNAVAILABLE)
    },
  },
}

/** The header of a text frame of 1,000 bytes (RFC 6455, 5.2), and eight of them. */
const HALF_FRAME = Buffer.concat([Buffer.from([0x81, 126, 0x03, 0xe8]), Buffer.from('{"type":')])

/** @param {string} id */
function hostileReply(id) {
  const data = HOSTILE[given.form]?.() ?? ''
  const reply = `{"type":"inference_response","request_id":"${id}","data":{"x":${data}}}`
  return given.form === 'cut' ? reply.slice(0, -5) : reply
}

/** @type {Record<string, () => string>} */
const HOSTILE = {
  keys: () => `{${Array.from({ length: 2_000_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
  depth: () => '['.repeat(1_000_000) + ']'.repeat(1_000_000),
  numbers: () => `[${'1,'.repeat(20_000_000)}1]`,
  string: () => `"${'x'.repeat(90_000_000)}"`,
  nan: () => `[${'1.5,'.repeat(5_000_000)}NaN]`,
  cut: () => `[${'1.5,'.repeat(5_000_000)}1]`,
}

/** As long as the log lines of a typical library. */
const FILLING = 'the same complaint again and again '.repeat(3)

/** Numbered lines on stderr, in blocks between which health checks are answered. @param {number} lines */
async function flood(lines) {
  for (let from = 0; from < lines; from += 1000) {
    const block = Array.from(
      { length: Math.min(1000, lines - from) },
      (_, at) => `WARN flood ${from + at} ${FILLING}\n`,
    )
    await written(block.join(''))
  }
}

/** One line without an end until `bytes` are out. @param {number} bytes */
async function longLine(bytes) {
  const block = 'x'.repeat(1024 * 1024)
  for (let left = bytes; left > 0; left -= block.length) await written(block.slice(0, left))
  await written('\n')
}

/** @param {string} text */
async function written(text) {
  if (!process.stderr.write(text)) await once(process.stderr, 'drain')
  await new Promise((resolve) => setImmediate(resolve))
}

/** Behaves well, except for `fault`. @param {Fault} fault */
async function live(fault) {
  if (fault.ignoresSigterm) process.on('SIGTERM', () => console.log('INFO SIGTERM is ignored'))
  else process.on('SIGTERM', () => process.exit(0))
  if (family) startChild()
  if (given.daemon) startDaemon()
  await fault.init?.()
  const isFatal = fault.loading !== undefined || fault.warmUp !== undefined
  const pongsAStep = isFatal ? PONGS_A_FATAL_STEP : PONGS_A_STEP
  /** @type {Life} */
  const life = { pongs: 0, runPongs: 0, isFaulty: false }
  /** @type {{ socket: Socket, id: string }[]} */
  const held = []

  /** @param {Socket} socket @param {string} id */
  const answer = (socket, id) => {
    socket.send(
      JSON.stringify({ type: 'inference_response', request_id: id, data: { prediction: 'fine' } }),
    )
  }
  /** @param {Socket} socket */
  const check = (socket) => {
    const pong = life.isFaulty ? fault.pong : undefined
    if (pong !== undefined) {
      life.runPongs++
      const message = pong(socket, life)
      if (message !== null) socket.send(JSON.stringify(message))
      return
    }
    const at = fault.neverLoads
      ? 0
      : Math.min(Math.floor(life.pongs / pongsAStep), STEPS.length - 1)
    const step = STEPS[at]
    const isLast = life.pongs % pongsAStep === pongsAStep - 1
    if (isLast && step === 'loading') fault.loading?.()
    if (isLast && step === 'warm-up') fault.warmUp?.()
    life.pongs++
    const status = step === 'ready' ? 'healthy' : 'loading'
    const detail = step === 'ready' ? {} : { detail: step }
    socket.send(
      JSON.stringify({ type: 'pong', status, provider: 'Faulty', pid: process.pid, ...detail }),
    )
  }
  /** @param {Socket} socket @param {string} id */
  const take = async (socket, id) => {
    if (fault.run === undefined || life.isFaulty) {
      answer(socket, id)
      return
    }
    held.push({ socket, id })
    if (held.length < Number(given.requests)) return
    life.isFaulty = true
    await fault.run()
    for (const one of held.splice(0)) {
      if (fault.reply === undefined) answer(one.socket, one.id)
      else fault.reply(one.socket, one.id)
    }
  }
  const server = createServer((_request, response) => response.writeHead(404).end())
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.type === 'health_check') check(/** @type {Socket} */ (socket))
      else if (message.type === 'inference_request') {
        void take(/** @type {Socket} */ (socket), message.request_id)
      }
    })
  })
  server.listen({ host, port: Number(port) }, () => console.log(`INFO listening on ${port}`))
}

/** Runs until killed. */
function startChild() {
  const text = "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)"
  const child = spawn(process.execPath, ['-e', text], { stdio: 'ignore' })
  console.log(`INFO child ${child.pid}`)
}

/** Its parent exits immediately, so that init adopts it. */
function startDaemon() {
  const daemon = 'setInterval(() => undefined, 1000)'
  const text = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(daemon)}], { detached: true, stdio: 'ignore' }); console.log('INFO daemon ' + child.pid); process.exit(0)`
  spawn(process.execPath, ['-e', text], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
}

const fault = FAULTS[given.fault]
if (fault === undefined || port === undefined) {
  console.error(
    `ERROR no fault "${given.fault}", or no --port; known: ${Object.keys(FAULTS).join(', ')}`,
  )
  process.exit(2)
}
await live(isCured ? (FAULTS['none'] ?? {}) : fault)
