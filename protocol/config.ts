/** config/models.yaml: every key with its type, default, unit and meaning. The loader, docs and CLI derive from it. */
import { z } from 'zod'
import { addressSchema, hostSchema, readAddress } from './address.ts'
import { outputSchema, preprocessSchema } from './onnx_config.ts'
import { portHolderSchema } from './ports.ts'

export const PORT_MIN = 1024
export const PORT_MAX = 65_535
/** The panel and the gateway. */
export const PANEL_PORT_DEFAULT = 8765
/** Where a free port for a backend is looked for first, away from common ports. */
export const BACKEND_PORTS = { first: 8766, last: 8999 } as const
export const EXECUTION_PROVIDERS = ['cuda', 'tensorrt', 'dml', 'coreml', 'webgpu', 'cpu'] as const
export const DIALECTS = ['native', 'platform'] as const
export type DialectName = (typeof DIALECTS)[number]
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number]
export const FALLBACK_POLICIES = ['allow', 'warn', 'fail'] as const
export type FallbackPolicy = (typeof FALLBACK_POLICIES)[number]
export const PRECISIONS = ['fp32', 'int8'] as const
export type Precision = (typeof PRECISIONS)[number]

export const BACKEND_NAME_LENGTH_MAX = 40
/** A backend's name is also its folder, its log tag and a path segment of the gateway. */
export const BACKEND_NAME_PATTERN = new RegExp(
  `^[a-z][a-z0-9_-]{0,${BACKEND_NAME_LENGTH_MAX - 1}}$`,
)

export const portSchema = z
  .int()
  .min(PORT_MIN, `must be within ${PORT_MIN}-${PORT_MAX}`)
  .max(PORT_MAX, `must be within ${PORT_MIN}-${PORT_MAX}`)

const seconds = (minimum: number, maximum: number) => z.number().min(minimum).max(maximum)

/** A system call ends a text at its first NUL character. */
const holdsNoNul = (text: string) => !text.includes('\0')
const NUL_FAULT = {
  message: 'contains a NUL character',
  params: { remedy: 'remove it; in double quotes \\0 is one' },
}
const textSchema = z.string().min(1).refine(holdsNoNul, NUL_FAULT)

/** Numbers and booleans are passed on as text, as in Docker Compose; an argument and a variable may be empty. */
const wordSchema = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .refine(holdsNoNul, NUL_FAULT)

const variableNameSchema = z
  .string()
  .regex(/^[^=\0]+$/, 'the name of an environment variable is not empty and contains no "="')

const pathSchema = textSchema.refine((text) => !/\p{Cc}/u.test(text), {
  message: 'contains a control character',
  params: {
    remedy: 'put the path in single quotes, since "\\t" and "\\n" in double quotes are escapes',
  },
})

/** The default of `port`, which no section keeps: it is refused, or the ports are in `hosts`. */
const NO_PORT = 0

/** Signals that ask a program to stop. */
export const STOP_SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
] as const
export type StopSignal = (typeof STOP_SIGNALS)[number]

export const RUNTIMES = ['builtin', 'onnx', 'command', 'external'] as const
export type Runtime = (typeof RUNTIMES)[number]

/** Keys that a runtime cannot do without. */
const REQUIRED_KEYS = {
  builtin: [],
  onnx: ['model', 'output'],
  command: ['command'],
  external: [],
} as const satisfies Record<Runtime, readonly string[]>

export const backendConfigSchema = z
  .strictObject({
    runtime: z
      .enum(RUNTIMES)
      .default('builtin')
      .describe(
        'What runs: a backend that comes with Switchyard (by the name of the section), any `onnx` image model, a foreign `command`, or nothing of ours (`external`: it is only watched).',
      ),
    host: hostSchema
      .default('localhost')
      .describe(
        'Host name or IP address that the backend listens on, without a scheme or a port. `0.0.0.0` listens on every network and needs a token.',
      ),
    port: portSchema.default(NO_PORT).meta({
      description:
        'WebSocket and HTTP port of the backend. Required, except with `hosts`, which name their own ports.',
      default: undefined,
    }),
    replicas: z
      .int()
      .min(1)
      .max(16)
      .default(1)
      .describe(
        'Processes of this backend, on `port` and those that follow. The gateway gives each request to the one with the least to do.',
      ),
    hosts: z
      .array(addressSchema)
      .min(1)
      .max(16)
      .optional()
      .describe(
        '`runtime: external`: addresses of the same backend, each `host:port` (IPv6: `[::1]:8768`). The gateway spreads the requests over them and ignores `host` and `port`.',
      ),
    enabled: z
      .boolean()
      .default(false)
      .describe('Start it together with Switchyard. A change in the file also starts or stops it.'),
    reconnect_interval: seconds(0.1, 3600)
      .default(5)
      .describe(
        'First wait before a crashed backend is started again, in seconds. Grows and is jittered.',
      ),
    max_reconnect_attempts: z
      .int()
      .min(0)
      .max(1000)
      .default(10)
      .describe('Restarts in a row after which the backend counts as failed.'),
    request_timeout: seconds(0.1, 3600)
      .default(30)
      .describe('Seconds after which a request is answered with `timeout`.'),
    health_interval: seconds(0.2, 300)
      .default(2)
      .describe('Seconds between two health checks. Three missed ones restart a built-in backend.'),
    startup_timeout: seconds(1, 3600)
      .default(120)
      .describe('Seconds that loading and warm-up may take before the start counts as hung.'),
    dialect: z
      .enum(DIALECTS)
      .default('native')
      .describe('Wording of the messages: `native`, or that of the deployed `platform`.'),
    providers: z
      .union([z.literal('auto'), z.array(z.enum(EXECUTION_PROVIDERS)).min(1)])
      .default('auto')
      .describe('Execution providers in order of preference, or `auto`.'),
    on_fallback: z
      .enum(FALLBACK_POLICIES)
      .default('warn')
      .describe(
        'When not every node of a model runs on the first of `providers`: `allow` it, `warn` in the log, or `fail` to start. With `auto` nothing counts as a fallback.',
      ),
    precision: z
      .enum(PRECISIONS)
      .default('fp32')
      .describe(
        'Arithmetic of the models that come in both: `int8` is a third of the size and a little less exact. Of ours, the classifiers of `emotion`.',
      ),
    device_ids: z
      .array(z.int().min(0).max(63))
      .min(1)
      .max(16)
      .optional()
      .describe(
        'GPUs to spread the work over, by number: each gets the models once. Needs `providers` by name, of cuda, tensorrt, dml and cpu.',
      ),
    threads: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'onnxruntime threads of the backend, shared by its sessions. Default: the cores divided by the backends.',
      ),
    sessions: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Copies of the models that run side by side, each in a thread of its own (for each of `device_ids`); those after the first load when the backend is ready. Default: one for each of `threads` on the CPU, at most 4; one on a GPU.',
      ),
    max_batch_size: z
      .int()
      .min(1)
      .max(256)
      .default(1)
      .describe('Images that are run together at most.'),
    max_queue_delay_ms: z
      .number()
      .min(0)
      .max(60_000)
      .default(0)
      .describe(
        'Milliseconds that a batch that is not full waits for more while another one runs. An idle backend never waits.',
      ),
    warmup: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('Runs of each batch size before the backend says that it is ready.'),
    queue_limit: z
      .int()
      .min(1)
      .max(100_000)
      .default(256)
      .describe(
        'Maximum queued requests. Further requests fail immediately with `queue_full`. The gateway enforces it for third-party backends: there it counts every unanswered request, or with `max_in_flight` those that wait for their turn.',
      ),
    max_in_flight: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(
        '`runtime: command` or `external`: requests that the backend gets at the same time. The others wait in the gateway, and clients take turns. Default: no limit.',
      ),
    cache_size: z
      .int()
      .min(0)
      .max(100_000)
      .default(128)
      .describe(
        'Decoded images that each session keeps for the case that one comes again; 0 = none.',
      ),
    max_message_bytes: z
      .int()
      .min(1024)
      .max(1024 ** 3)
      .default(100 * 1024 ** 2)
      .describe(
        'Largest WebSocket message in bytes, in both directions. A larger request or reply is answered `too_large`; a message sent to the port of the backend itself closes the connection with code 1009.',
      ),
    env: z
      .record(variableNameSchema, wordSchema)
      .prefault({})
      .describe(
        'Environment variables for the backend process. Here and in paths and `command`, `~`, `$NAME` and `${NAME}` are replaced; `$$` is a dollar sign.',
      ),
    command: z
      .array(wordSchema)
      .min(1)
      .refine(([program]) => program !== '', {
        path: [0],
        message: 'the program must not be empty',
      })
      .optional()
      .describe(
        '`runtime: command`: list of the program and its arguments. `{host}` and `{port}` are replaced by those of the section.',
      ),
    cwd: pathSchema
      .optional()
      .describe(
        '`runtime: command`: working directory of the program, relative to the folder of the app.',
      ),
    stop_signal: z
      .enum(STOP_SIGNALS)
      .default('SIGTERM')
      .describe(
        '`runtime: command`: signal that asks the program, and all that it started, to stop. SIGTERM follows after half of `stop_timeout`. Windows has no signals; there the program is ended.',
      ),
    stop_timeout: seconds(0.1, 3600)
      .default(5)
      .describe(
        'Seconds that a backend may take to exit after it was asked to, once no request is in flight; then it is killed.',
      ),
    model: pathSchema
      .optional()
      .describe('`runtime: onnx`: path of the model file, relative to the folder of the app.'),
    preprocess: preprocessSchema
      .default(preprocessSchema.parse({}))
      .describe(
        '`runtime: onnx`: size, fit, colour, layout, divide_by, mean and std of the input.',
      ),
    labels: z
      .union([z.array(z.string()).min(1), pathSchema])
      .optional()
      .describe(
        '`runtime: onnx`: names of the classes, as a list or a file (text with one per line, JSON, YAML, CSV). Default: those in the model file.',
      ),
    output: outputSchema
      .optional()
      .describe('`runtime: onnx`: how the output is read: `type: classification` or `detection`.'),
    options: z
      .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
      .default({})
      .describe('Settings of the model itself; see the README of the backend.'),
  })
  .superRefine((config, context) => {
    for (const key of REQUIRED_KEYS[config.runtime]) {
      if (config[key] !== undefined) continue
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `runtime: ${config.runtime} needs ${key}`,
        input: undefined,
      })
    }
    if (config.port === NO_PORT && (config.hosts === undefined || config.runtime !== 'external')) {
      context.addIssue({
        code: 'invalid_type',
        expected: 'int',
        path: ['port'],
        input: undefined,
      })
    }
    if (config.max_in_flight !== undefined && !isThirdParty(config)) {
      const message = 'max_in_flight is for runtime: command and external; use max_batch_size'
      context.addIssue({ code: 'custom', path: ['max_in_flight'], message, input: undefined })
    }
    for (const [key, message] of Object.entries(replicaFaults(config))) {
      context.addIssue({ code: 'custom', path: [key], message, input: undefined })
    }
    for (const message of deviceFaults(config)) {
      context.addIssue({ code: 'custom', path: ['device_ids'], message, input: config.device_ids })
    }
  })

function replicaFaults({
  runtime,
  port,
  replicas,
  hosts,
}: {
  runtime: Runtime
  port: number
  replicas: number
  hosts?: string[] | undefined
}): Record<string, string> {
  const isExternal = runtime === 'external'
  const badPort = hosts?.find((text) => {
    const address = readAddress(text)
    return address.ok && (address.port < PORT_MIN || address.port > PORT_MAX)
  })
  return {
    ...(hosts !== undefined && !isExternal ? { hosts: 'hosts is for runtime: external only' } : {}),
    ...(badPort === undefined
      ? {}
      : { hosts: `${badPort} has a port outside ${PORT_MIN}-${PORT_MAX}` }),
    ...(replicas > 1 && isExternal
      ? { replicas: 'replicas starts processes; with runtime: external list them in hosts' }
      : {}),
    ...(port <= PORT_MAX && port + replicas - 1 > PORT_MAX
      ? { replicas: `${replicas} replicas from port ${port} reach to port ${port + replicas - 1}` }
      : {}),
  }
}

/** Providers that can be opened more than once in a process. The others know no number, and two of WebGPU crash it. */
const COUNTED_PROVIDERS: readonly string[] = ['cuda', 'tensorrt', 'dml', 'cpu']

function deviceFaults({
  device_ids: ids,
  providers,
}: {
  device_ids?: number[] | undefined
  providers: 'auto' | readonly string[]
}): string[] {
  if (ids === undefined) return []
  const isCounted =
    providers !== 'auto' && providers.every((provider) => COUNTED_PROVIDERS.includes(provider))
  return [
    ...(new Set(ids).size < ids.length ? [`names a GPU twice: ${ids.join(', ')}`] : []),
    ...(isCounted
      ? []
      : [
          `needs providers by name, each one of ${COUNTED_PROVIDERS.join(', ')}, not ${String(providers)}`,
        ]),
  ]
}

export type BackendConfig = z.infer<typeof backendConfigSchema>

/**
 * Not built on our base class: it may know neither queue, metrics nor binary messages, and may run the model on the thread that
 * answers health checks (an asyncio loop, for one), so that silence alone means nothing.
 */
export const isThirdParty = ({ runtime }: { runtime: Runtime }): boolean =>
  runtime === 'command' || runtime === 'external'

export const modelsConfigSchema = z.strictObject({
  model_backends: z.record(z.string(), backendConfigSchema),
})
export type ModelsConfig = z.infer<typeof modelsConfigSchema>

/** One thing wrong with the file. `line` is 1-based; null when the file itself cannot be read. */
export const configProblemSchema = z.object({
  file: z.string(),
  line: z.number().int().nullable(),
  /** Dotted path, such as `model_backends.emotion.port`. */
  key: z.string(),
  /** What is wrong, naming the key and the value: one or more sentences. */
  message: z.string(),
  /** What to do, in sentences; empty where `message` leaves no doubt. */
  remedy: z.string(),
  /** A port that is free, near those of the other backends; only with a problem of a port. */
  free_port: z.int().optional(),
  /** The program that holds the port. */
  holder: portHolderSchema.optional(),
  /** The file was applied and taken back: this backend keeps the section that it had before. */
  taken_back: z.string().optional(),
  /** With `taken_back`, of a port that another program holds: the one that was tried, and the one that is still in use. */
  ports: z.object({ tried: z.int(), kept: z.int() }).optional(),
})
export type ConfigProblem = z.infer<typeof configProblemSchema>
