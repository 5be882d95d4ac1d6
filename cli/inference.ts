/** `test` and `bench`: a file through the real protocol, once or as fast as it goes. */
import { setTimeout as wait } from 'node:timers/promises'
import { Histogram } from '../protocol/histogram.ts'
import type { BackendClient } from '../client/backend_client.ts'
import type { ImageSize } from '../protocol/backend.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { printable } from '../protocol/printable.ts'
import { inOriginalPixels, type SentSize } from '../protocol/sent_picture.ts'
import { warningsIn } from '../protocol/warnings.ts'
import { misused } from './cli_error.ts'
import { wholeNumber, type AddCommand, type CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { isLargePicture, shrunkInput, shrunkNote, type ShrunkInput } from './shrunk_input.ts'
import { json, milliseconds } from './table.ts'
import {
  ask,
  connectTo,
  inputFor,
  pongOf,
  readInput,
  readRequest,
  AT,
  DIALECT,
  TIMEOUT,
  targetOf,
  type InputFile,
  type InputRequest,
  type Reply,
  type TargetOptions,
  type WireTarget,
} from './wire.ts'

interface TestOptions extends TargetOptions {
  backend: string
  request?: string
  repeat: number
  sendOriginal?: true
}

export const addTest: AddCommand = (program, action) =>
  program
    .command('test')
    .description('Send files through the real protocol and print the replies.')
    .argument('[file...]', 'pictures and EEG recordings')
    .requiredOption('--backend <name>', 'the backend to send them to')
    .option('--request <file>', 'a JSON request instead of files, or - for stdin')
    .option('--repeat <n>', 'rounds', wholeNumber(1, 10_000), 1)
    .option('--send-original', 'send large pictures as they are instead of scaled down')
    .addOption(AT)
    .addOption(DIALECT)
    .addOption(TIMEOUT)
    .action(action((context, files, options) => testFiles(context, files, options)))

export async function testFiles(
  context: CommandContext,
  files: readonly string[],
  options: TestOptions,
): Promise<number> {
  const { backend, request, repeat, sendOriginal } = options
  if (files.length === 0 && request === undefined) throw misused('name the files or --request FILE')
  const given = await Promise.all(files.map(readInput))
  const requests = request === undefined ? [] : [await readRequest(request)]
  const target = await targetOf(context, backend, options)
  const client = await connectTo(target)
  const results = []
  try {
    const pong = given.length === 0 ? null : await pongOf(client, target)
    const sentFiles = given.map((file) => inputFor(pong?.descriptor ?? null, file))
    const inputs = [...sentFiles, ...requests]
    const shrunk = await shrunkInputs(context, pong?.image_size, sendOriginal ? [] : sentFiles)
    for (let round = 0; round < repeat && !context.signal.aborted; round++) {
      for (const input of inputs) {
        const smaller = shrunk.get(input)
        const { reply: answer, roundTripMs } = await ask(client, smaller?.input ?? input)
        if (context.signal.aborted) break
        const reply = smaller === undefined ? answer : inOriginalPixelsOf(answer, smaller)
        const result = {
          file: input.file,
          round_trip_ms: rounded(roundTripMs),
          ...(smaller && {
            sent: { ...smaller.sent, bytes: smaller.input.bytes.byteLength, type: 'image/jpeg' },
          }),
          reply,
        }
        results.push(result)
        if (context.isJson) continue
        // The reply to a raw request may have any shape.
        if ('message' in input) context.print(json(reply))
        else context.print(`${input.file}: ${printable(wordsOf(reply, roundTripMs))}\n`)
        for (const { code, message } of warningsIn(reply['warnings'])) {
          context.print(`  warning (${code}): ${message}\n`)
        }
      }
    }
  } finally {
    void client.close()
  }
  if (context.isJson) context.print(json({ backend, url: target.url, results }))
  const isGood =
    results.length === repeat * (given.length + requests.length) &&
    results.every(({ reply }) => reply['type'] !== 'error')
  return isGood ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

/** The pictures that are sent smaller, each with its smaller copy; reported on stderr. */
async function shrunkInputs(
  context: CommandContext,
  wanted: ImageSize | undefined,
  files: readonly InputFile[],
): Promise<Map<InputFile | InputRequest, ShrunkInput>> {
  const shrunk = new Map<InputFile | InputRequest, ShrunkInput>()
  if (wanted === undefined) return shrunk
  for (const input of files.filter(isLargePicture)) {
    const smaller = await shrunkInput(input, wanted)
    if (smaller === null) continue
    shrunk.set(input, smaller)
    context.note(`${printable(shrunkNote(input, smaller))}\n`)
  }
  return shrunk
}

function inOriginalPixelsOf(reply: Reply, size: SentSize): Reply {
  const { data } = reply
  if (typeof data !== 'object' || data === null) return reply
  return { ...reply, data: inOriginalPixels(data as Reply, size) }
}

export const addBench: AddCommand = (program, action) =>
  program
    .command('bench')
    .description(
      'Measure throughput and latency under load. Each client sends one request at a time.',
    )
    .argument('<backend>')
    .argument('<file>', 'a picture or an EEG recording')
    .option('--clients <n>', 'parallel clients', wholeNumber(1, 256), 4)
    .option('--seconds <n>', 'how long to measure', wholeNumber(1, 3600), 10)
    .addOption(AT)
    .addOption(DIALECT)
    .addOption(TIMEOUT)
    .action(action((context, backend, file, options) => bench(context, backend, file, options)))

async function bench(
  context: CommandContext,
  backend: string,
  file: string,
  options: TargetOptions & { clients: number; seconds: number },
): Promise<number> {
  const { clients, seconds } = options
  const given = await readInput(file)
  const target = await targetOf(context, backend, options)
  const { url, signal } = target
  const { runs, elapsedS } = await withClients(clients, target, async (open) => {
    const pong = open[0] === undefined ? null : await pongOf(open[0], target)
    const input = inputFor(pong?.descriptor ?? null, given)
    return load(open, { input, spanMs: seconds * 1000, signal })
  })
  const latencies = runs.map((run) => run.latencies).reduce((sum, one) => sum.merge(one))
  const percentiles = latencies.percentiles()
  const errors = mergedCounts(runs.map((run) => run.errors))
  const result = {
    backend,
    url,
    clients,
    seconds: rounded(elapsedS),
    answers: latencies.count,
    answers_per_s: rounded(latencies.count / elapsedS),
    latency_ms: {
      p50: roundedOrNull(percentiles?.p50),
      p95: roundedOrNull(percentiles?.p95),
      p99: roundedOrNull(percentiles?.p99),
    },
    errors,
    note: noteOn(url),
  }
  if (context.isJson) context.print(json(result))
  else {
    const { p50, p95, p99 } = result.latency_ms
    context.print(
      `${result.answers_per_s} answers/s over ${result.seconds} s with ${clients} clients\n` +
        `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}\n` +
        `errors: ${Object.keys(errors).length === 0 ? 'none' : JSON.stringify(errors)}\n` +
        `${result.note}\n`,
    )
  }
  return percentiles !== null ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

const noteOn = (url: string) =>
  isLoopbackHost(new URL(url).hostname)
    ? 'The load is made on the same machine and takes a part of it.'
    : 'The load is made here; the network is part of the times.'

/** All are open before the first request is sent, and closed whatever happens. */
async function withClients<T>(
  count: number,
  target: WireTarget,
  use: (clients: readonly BackendClient[]) => Promise<T>,
): Promise<T> {
  const clients: BackendClient[] = []
  try {
    while (clients.length < count) clients.push(await connectTo(target))
    return await use(clients)
  } finally {
    for (const client of clients) void client.close()
  }
}

interface Load {
  input: InputFile
  spanMs: number
  signal: AbortSignal
}

/** The first request of each client warms caches and the compiler up: it is not counted. */
async function load(clients: readonly BackendClient[], { input, spanMs, signal }: Load) {
  await Promise.all(clients.map((client) => ask(client, input)))
  const begunMs = performance.now()
  const isOver = () => signal.aborted || performance.now() >= begunMs + spanMs
  const runs = await Promise.all(clients.map((client) => runClient(client, input, isOver)))
  return { runs, elapsedS: (performance.now() - begunMs) / 1000 }
}

/** A client that is refused immediately must not spin. */
const REFUSED_PAUSE_MS = 50

async function runClient(client: BackendClient, input: InputFile, isOver: () => boolean) {
  const latencies = new Histogram()
  const errors: Record<string, number> = {}
  while (!isOver()) {
    const { reply, roundTripMs } = await ask(client, input)
    if (reply['type'] === 'inference_response') {
      latencies.add(roundTripMs)
      continue
    }
    // Closed by Ctrl+C: requests in progress are not errors of the backend.
    if (!client.isOpen && isOver()) break
    const code = textOf(reply['code'] ?? 'unknown')
    errors[code] = (errors[code] ?? 0) + 1
    if (!client.isOpen) break
    await wait(REFUSED_PAUSE_MS)
  }
  return { latencies, errors }
}

function wordsOf(reply: Reply, roundTripMs: number): string {
  if (reply['type'] !== 'inference_response') {
    return `${String(reply['code'])}: ${String(reply['error'])}`
  }
  const data = reply['data'] as Reply
  const { prediction, confidence, reason, message } = data
  const said =
    prediction === null || prediction === undefined
      ? `no prediction (${textOf(reason ?? message ?? 'no reason given')})`
      : `${textOf(prediction)}${typeof confidence === 'number' ? ` ${confidence.toFixed(2)}` : ''}`
  const { total_ms: totalMs } = (reply['timing'] ?? {}) as { total_ms?: number }
  return `${said}, ${milliseconds(roundTripMs)} (backend ${milliseconds(totalMs)})`
}

function mergedCounts(parts: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [code, number] of parts.flatMap((part) => Object.entries(part))) {
    sums[code] = (sums[code] ?? 0) + number
  }
  return sums
}

const rounded = (value: number) => Math.round(value * 100) / 100
const roundedOrNull = (value: number | undefined) => (value === undefined ? null : rounded(value))

/** Values of JSON, for a person. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
