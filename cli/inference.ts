/** `test` and `bench`: send a file once, or as load. */
import { runLoad } from '../client/load/load_engine.ts'
import type { ImageSize } from '../protocol/backend.ts'
import type { Descriptor } from '../protocol/descriptor.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { printable } from '../protocol/printable.ts'
import { inOriginalPixels, type SentSize } from '../protocol/sent_picture.ts'
import { warningsIn } from '../protocol/warnings.ts'
import { misused } from './cli_error.ts'
import { wholeNumber, type AddCommand, type CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { isLargePicture, shrunkInput, shrunkNote, type ShrunkInput } from './shrunk_input.ts'
import { resultText } from './result_text.ts'
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
  send,
  targetOf,
  type InputFile,
  type InputRequest,
  type Reply,
  type TargetOptions,
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
        else
          context.print(
            `${input.file}: ${printable(wordsOf(reply, roundTripMs, pong?.descriptor?.returns))}\n`,
          )
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
  // The first connection must succeed; later failures count as errors of the test.
  const first = await connectTo(target)
  const input = inputFor((await pongOf(first, target))?.descriptor ?? null, given)
  const ready = [first]
  const { steps } = await runLoad(
    {
      steps: [clients],
      stepMs: seconds * 1000,
      warmUp: 'first request',
      countsDrain: true,
      stopsOnErrors: false,
    },
    target.signal,
    {
      open: async () => {
        const client = ready.pop() ?? (await connectTo(target))
        return { send: () => send(client, input), close: () => client.close() }
      },
    },
  )
  const [step] = steps
  // Stopped before it began.
  if (step === undefined) return CLI_EXIT_CODES.failed
  const errors = Object.entries(step.errors).map(([code, count]) => [
    ERROR_CODES_OF_LOAD[code] ?? code,
    count,
  ])
  const result = {
    backend,
    url: target.url,
    clients,
    seconds: rounded(step.seconds),
    answers: step.answers,
    answers_per_s: rounded(step.perSecond),
    latency_ms: {
      p50: roundedOrNull(step.p50),
      p95: roundedOrNull(step.p95),
      p99: roundedOrNull(step.p99),
    },
    errors: Object.fromEntries(errors) as Record<string, number>,
    note: noteOn(target.url),
  }
  if (context.isJson) context.print(json(result))
  else {
    const { p50, p95, p99 } = result.latency_ms
    context.print(
      `${result.answers_per_s} answers/s over ${result.seconds} s with ${clients} clients\n` +
        `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}\n` +
        `errors: ${errors.length === 0 ? 'none' : JSON.stringify(result.errors)}\n` +
        `${result.note}\n`,
    )
  }
  return step.answers > 0 ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

const ERROR_CODES_OF_LOAD: Readonly<Record<string, ErrorCode>> = {
  broken: 'backend_lost',
  late: 'timeout',
}

const noteOn = (url: string) =>
  isLoopbackHost(new URL(url).hostname)
    ? 'The load is made on the same machine and takes a part of it.'
    : 'The load is made here; the network is part of the times.'

function wordsOf(
  reply: Reply,
  roundTripMs: number,
  returns: Descriptor['returns'] | undefined,
): string {
  if (reply['type'] !== 'inference_response') {
    return `${String(reply['code'])}: ${String(reply['error'])}`
  }
  const said = resultText(reply['data'], returns)
  const { total_ms: totalMs } = (reply['timing'] ?? {}) as { total_ms?: number }
  return `${said}, ${milliseconds(roundTripMs)} (backend ${milliseconds(totalMs)})`
}

const rounded = (value: number) => Math.round(value * 100) / 100
const roundedOrNull = (value: number | null) => (value === null ? null : rounded(value))
