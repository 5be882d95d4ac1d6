/** config/models.yaml: every key with type, default, unit and meaning. Loader, docs and CLI derive from it. */
import { z } from 'zod'
import { GIB, MIB } from './bytes.ts'
import { addressSchema, hostSchema, readAddress } from './address.ts'
import { message, type Message, MESSAGES, wordingSchema } from './messages.ts'
import { outputSchema, preprocessSchema } from './onnx_config.ts'
import { portHolderSchema } from './ports.ts'

export const PORT_MIN = 1024
export const PORT_MAX = 65_535
export const MESSAGE_BYTES_DEFAULT = 100 * MIB
export const PANEL_PORT_DEFAULT = 8765
/** Searched first for a free backend port, away from common ports. */
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
/** The name is also a folder, a log tag and a gateway path segment. */
export const BACKEND_NAME_PATTERN = new RegExp(
  `^[a-z][a-z0-9_-]{0,${BACKEND_NAME_LENGTH_MAX - 1}}$`,
)

export const portSchema = z
  .int()
  .min(PORT_MIN, MESSAGES['rule.port_range'])
  .max(PORT_MAX, MESSAGES['rule.port_range'])

const seconds = (minimum: number, maximum: number) => z.number().min(minimum).max(maximum)

/** System calls end strings at the first NUL. */
const holdsNoNul = (text: string) => !text.includes('\0')
const NUL_FAULT = {
  message: MESSAGES['rule.nul'],
  params: { remedy: message('fix.nul') },
}
const textSchema = z.string().min(1).refine(holdsNoNul, NUL_FAULT)

/** Numbers and booleans become text, as in Docker Compose; arguments and variables may be empty. */
const wordSchema = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .refine(holdsNoNul, NUL_FAULT)

const variableNameSchema = z.string().regex(/^[^=\0]+$/, MESSAGES['rule.variable_name'])

const pathSchema = textSchema.refine((text) => !/\p{Cc}/u.test(text), {
  message: MESSAGES['rule.control_character'],
  params: { remedy: message('fix.quoted_path') },
})

/** Placeholder default of `port`: sections without a port are rejected, or have it in `hosts`. */
const NO_PORT = 0

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

/** `switch` starts or stops the backend, `live` applies immediately, `restart` at the next start of the process. */
export const KEY_EFFECTS = ['switch', 'live', 'restart'] as const
export type KeyEffect = (typeof KEY_EFFECTS)[number]

/** The panel has a word for each. */
export type KeyUnit =
  | 'attempts'
  | 'bytes'
  | 'images'
  | 'ms'
  | 'processes'
  | 'requests'
  | 'runs'
  | 'seconds'
  | 'sessions'
  | 'threads'

interface KeyMeta {
  description: string
  effect: KeyEffect
  unit?: KeyUnit
  /** The runtimes that read the key; default all. */
  runtimes?: readonly Runtime[]
  required?: true
  /** Remedy when rejected under another runtime. Default: ignored, so that a section can switch runtimes and back. */
  elsewhere?: Message
  /** Entered as `a, b`: no item contains a comma. */
  list?: true
  form?: Message
  /** Must not be revealed, not even as a hash. */
  secret?: true
}

const keyMetas = z.registry<KeyMeta>()
const key = <T extends z.ZodType>(schema: T, meta: KeyMeta): T => {
  const described = schema.describe(meta.description)
  keyMetas.add(described, meta)
  return described
}

/** In the environment of a backend that Switchyard starts without `threads`: for a request that is alone. */
export const THREADS_ALONE_VARIABLE = 'SWITCHYARD_THREADS_ALONE'

export const SPIN_MODES = ['auto', 'on', 'off'] as const
export type SpinMode = (typeof SPIN_MODES)[number]

export const backendConfigSchema = z
  .strictObject({
    runtime: key(z.enum(RUNTIMES).default('builtin'), {
      effect: 'restart',
      description:
        'What serves the backend: the `builtin` one named like the section, an `onnx` image model, your own `command`, or an `external` program that is only watched.',
    }),
    host: key(hostSchema.default('localhost'), {
      effect: 'restart',
      description:
        'Host name or IP address of the backend, without a scheme or port. `0.0.0.0` listens on every network and requires a token.',
    }),
    port: key(portSchema.default(NO_PORT).meta({ default: undefined }), {
      effect: 'restart',
      description: 'WebSocket and HTTP port of the backend. Required unless `hosts` is set.',
    }),
    replicas: key(z.int().min(1).max(16).default(1), {
      unit: 'processes',
      effect: 'restart',
      description:
        'Processes of this backend, on `port` and the ports after it. The gateway sends each request to the least busy one.',
    }),
    hosts: key(z.array(addressSchema).min(1).max(16).optional(), {
      list: true,
      effect: 'restart',
      runtimes: ['external'],
      elsewhere: message('rule.use_host'),
      description:
        'Addresses of the same backend, each `host:port` (IPv6: `[::1]:8768`). The gateway balances requests over them and ignores `host` and `port`.',
    }),
    enabled: key(z.boolean().default(false), {
      effect: 'switch',
      description: 'Start the backend together with Switchyard.',
    }),
    reconnect_interval: key(seconds(0.1, 3600).default(5), {
      unit: 'seconds',
      effect: 'live',
      description:
        'Delay before the first restart after a crash. It grows with each attempt, with jitter.',
    }),
    max_reconnect_attempts: key(z.int().min(0).max(1000).default(10), {
      unit: 'attempts',
      effect: 'live',
      description: 'Consecutive restarts before the backend counts as failed.',
    }),
    request_timeout: key(seconds(0.1, 3600).default(30), {
      unit: 'seconds',
      effect: 'live',
      description: 'Time limit of a request. A request that exceeds it fails with `timeout`.',
    }),
    health_interval: key(seconds(0.2, 300).default(2), {
      unit: 'seconds',
      effect: 'live',
      description:
        'Interval between health checks. Three missed checks restart a built-in backend.',
    }),
    startup_timeout: key(seconds(1, 3600).default(120), {
      unit: 'seconds',
      effect: 'live',
      description: 'Time limit of loading and warm-up. A start that exceeds it counts as hung.',
    }),
    dialect: key(z.enum(DIALECTS).default('native'), {
      effect: 'restart',
      description: 'Message format: `native`, or that of the deployed `platform`.',
    }),
    providers: key(
      z.union([z.literal('auto'), z.array(z.enum(EXECUTION_PROVIDERS)).min(1)]).default('auto'),
      {
        list: true,
        effect: 'restart',
        description: 'Execution providers in order of preference, or `auto`.',
      },
    ),
    on_fallback: key(z.enum(FALLBACK_POLICIES).default('warn'), {
      effect: 'restart',
      description:
        'If not every node of a model runs on the first of `providers`: `allow` it, `warn` in the log, or `fail` to start. With `auto`, nothing is a fallback.',
    }),
    precision: key(z.enum(PRECISIONS).default('fp32'), {
      effect: 'restart',
      description:
        'Model precision, where both variants exist. `int8` is about a third of the size and slightly less accurate; currently `emotion` only.',
    }),
    device_ids: key(z.array(z.int().min(0).max(63)).min(1).max(16).optional(), {
      list: true,
      effect: 'restart',
      description:
        'Numbers of the GPUs to use; the models are loaded once on each. Requires `providers` by name: `cuda`, `tensorrt`, `dml` or `cpu`.',
    }),
    threads: key(z.int().min(1).max(256).optional(), {
      unit: 'threads',
      effect: 'restart',
      description:
        'Threads of onnxruntime. A request that is alone uses all of them; sessions that run side by side share them. Default: all CPU cores for a request that is alone, and the cores divided by the number of backends for the others.',
    }),
    spin: key(z.enum(SPIN_MODES).default('auto'), {
      effect: 'restart',
      description:
        'Whether threads of onnxruntime wait actively for the next operator: `auto` for 50 µs, which bridges most gaps; `on` as long as onnxruntime does by default, which is slightly faster, and slows down other programs; `off` never.',
    }),
    sessions: key(z.int().min(1).max(64).optional(), {
      unit: 'sessions',
      effect: 'restart',
      description:
        'Copies of the models that run in parallel, each in its own thread (per GPU with `device_ids`), instead of one for requests that are alone and one per `threads`, at most 4, for the others. Ready after the first. Default on a GPU: one.',
    }),
    max_batch_size: key(z.int().min(1).max(256).default(1), {
      unit: 'images',
      effect: 'restart',
      description: 'Maximum images in one batch.',
    }),
    max_queue_delay_ms: key(z.number().min(0).max(60_000).default(0), {
      unit: 'ms',
      effect: 'restart',
      description:
        'Maximum time that an incomplete batch waits for more images while another batch runs. An idle backend never waits.',
    }),
    warmup: key(z.int().min(1).max(100).default(1), {
      unit: 'runs',
      effect: 'restart',
      description: 'Inference runs of each batch size before the backend is ready.',
    }),
    queue_limit: key(z.int().min(1).max(100_000).default(256), {
      unit: 'requests',
      effect: 'restart',
      description:
        'Maximum queued requests. Further requests fail immediately with `queue_full`. For third-party backends the gateway counts unanswered requests, or with `max_in_flight` waiting ones.',
    }),
    max_in_flight: key(z.int().min(1).max(100_000).optional(), {
      unit: 'requests',
      effect: 'live',
      runtimes: ['command', 'external'],
      elsewhere: message('rule.use_batches'),
      description:
        'Maximum concurrent requests. Further requests wait in the gateway, where clients take turns. Default: no limit.',
    }),
    cache_size: key(z.int().min(0).max(100_000).default(128), {
      unit: 'images',
      effect: 'restart',
      description: 'Decoded images cached per session. 0 disables the cache.',
    }),
    max_message_bytes: key(z.int().min(1024).max(GIB).default(MESSAGE_BYTES_DEFAULT), {
      unit: 'bytes',
      effect: 'restart',
      description:
        'Maximum size of a WebSocket message, in both directions. A larger one fails with `too_large`, or closes a connection to the backend itself with code 1009.',
    }),
    env: key(z.record(variableNameSchema, wordSchema).prefault({}), {
      effect: 'restart',
      secret: true,
      form: message('fix.env'),
      description:
        'Environment variables of the backend process. Here, in paths and in `command`, `~`, `$NAME` and `${NAME}` are expanded; `$$` is a dollar sign.',
    }),
    command: key(
      z
        .array(wordSchema)
        .min(1)
        .refine(([program]) => program !== '', {
          path: [0],
          message: MESSAGES['rule.empty_program'],
        })
        .optional(),
      {
        effect: 'restart',
        form: message('fix.command'),
        runtimes: ['command'],
        required: true,
        description:
          'The program and its arguments, as a list. `{host}` and `{port}` are replaced by the values of the section.',
      },
    ),
    cwd: key(pathSchema.optional(), {
      effect: 'restart',
      runtimes: ['command'],
      description:
        'Working directory of the program, relative to the folder of the configuration, or else of the app.',
    }),
    stop_signal: key(z.enum(STOP_SIGNALS).default('SIGTERM'), {
      effect: 'restart',
      runtimes: ['command'],
      description:
        'Signal that asks the program and its child processes to stop; SIGTERM follows after half of `stop_timeout`. On Windows, the program is terminated.',
    }),
    stop_timeout: key(seconds(0.1, 3600).default(5), {
      unit: 'seconds',
      effect: 'live',
      description:
        'Time that a backend has to exit after a stop request, once no request is in flight. Then it is killed.',
    }),
    model: key(pathSchema.optional(), {
      effect: 'restart',
      runtimes: ['onnx'],
      required: true,
      description:
        'Path of the model file, relative to the folder of the configuration, or else of the app.',
    }),
    preprocess: key(preprocessSchema.default(preprocessSchema.parse({})), {
      effect: 'restart',
      runtimes: ['onnx'],
      description:
        'Preprocessing of the input: `size`, `fit`, `resize`, `colour`, `layout`, `divide_by`, `mean` and `std`.',
    }),
    labels: key(z.union([z.array(z.string()).min(1), pathSchema]).optional(), {
      effect: 'restart',
      runtimes: ['onnx'],
      description:
        'Names of the classes, as a list or a file (text with one per line, JSON, YAML, CSV). Default: those in the model file.',
    }),
    output: key(outputSchema.optional(), {
      effect: 'restart',
      runtimes: ['onnx'],
      required: true,
      description:
        'How to read the output of the model: `type: classification` or `type: detection`.',
    }),
    options: key(z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}), {
      effect: 'restart',
      description: 'Settings of the model itself. See the README of the backend.',
    }),
  })
  .superRefine((config, context) => {
    const faults = [...runtimeFaults(config), ...replicaFaults(config), ...deviceFaults(config)]
    for (const [name, fault] of faults) {
      const { message } = fault
      context.addIssue({ code: 'custom', path: [name], message, params: { fault } })
    }
    if (config.port === NO_PORT && (config.hosts === undefined || config.runtime !== 'external')) {
      context.addIssue({ code: 'invalid_type', expected: 'int', path: ['port'], input: undefined })
    }
  })

type KeyFault = [key: ConfigKey, fault: Message]

function runtimeFaults(config: BackendConfig): KeyFault[] {
  const { runtime } = config
  return CONFIG_KEYS.flatMap((key): KeyFault[] => {
    const { runtimes, required, elsewhere: remedy } = aboutKey(key)
    const isMissing = config[key] === undefined
    if (runtimes?.includes(runtime)) {
      return required && isMissing ? [[key, message('rule.needs_key', { runtime, key })]] : []
    }
    if (runtimes === undefined || remedy === undefined || isMissing) return []
    return [[key, message('rule.other_runtime', { key, runtimes: runtimes.join(', '), remedy })]]
  })
}

function replicaFaults({ runtime, port, replicas, hosts }: BackendConfig): KeyFault[] {
  const faults: KeyFault[] = []
  const host = hosts?.find((text) => {
    const address = readAddress(text)
    return address.ok && (address.port < PORT_MIN || address.port > PORT_MAX)
  })
  if (host !== undefined) {
    faults.push(['hosts', message('rule.port_of_host', { host, min: PORT_MIN, max: PORT_MAX })])
  }
  const last = port + replicas - 1
  if (port <= PORT_MAX && last > PORT_MAX) {
    faults.push(['replicas', message('rule.replica_ports', { replicas, port, last })])
  } else if (replicas > 1 && runtime === 'external') {
    faults.push(['replicas', message('rule.replicas')])
  }
  return faults
}

/** Providers with device ids. Others have none, and two WebGPU sessions crash a process. */
const COUNTED_PROVIDERS: readonly string[] = ['cuda', 'tensorrt', 'dml', 'cpu']

function deviceFaults({ device_ids: ids, providers }: BackendConfig): KeyFault[] {
  if (ids === undefined) return []
  const faults: KeyFault[] = []
  if (new Set(ids).size < ids.length) {
    faults.push(['device_ids', message('rule.gpu_twice', { ids: ids.join(', ') })])
  }
  if (providers === 'auto' || !providers.every((one) => COUNTED_PROVIDERS.includes(one))) {
    const values = { known: COUNTED_PROVIDERS.join(', '), providers: String(providers) }
    faults.push(['device_ids', message('rule.named_providers', values)])
  }
  return faults
}

export type BackendConfig = z.infer<typeof backendConfigSchema>
export type ConfigKey = keyof BackendConfig
export const CONFIG_KEYS = Object.keys(backendConfigSchema.shape) as ConfigKey[]

export function aboutKey(name: ConfigKey): KeyMeta {
  const meta = keyMetas.get(backendConfigSchema.shape[name])
  if (meta === undefined) throw new Error(`the schema of ${name} was not made by key()`)
  return meta
}

/** Queue, metrics and binary messages may be missing, and the model may block health checks (an asyncio loop). */
export const isThirdParty = ({ runtime }: { runtime: Runtime }): boolean =>
  runtime === 'command' || runtime === 'external'

export const modelsConfigSchema = z.strictObject({
  model_backends: z.record(z.string(), backendConfigSchema),
})
export type ModelsConfig = z.infer<typeof modelsConfigSchema>

/** A fault of the file. `line` is 1-based; null if the file itself cannot be read. */
export const configProblemSchema = z.object({
  file: z.string(),
  line: z.number().int().nullable(),
  /** Dotted path, such as `model_backends.emotion.port`. */
  key: z.string(),
  message: z.string(),
  remedy: z.string(),
  wording: wordingSchema,
  /** A free port near those of the other backends; only for port problems. */
  free_port: z.int().optional(),
  holder: portHolderSchema.optional(),
  /** The file was applied and reverted for this backend, which keeps its previous section. */
  taken_back: z.string().optional(),
  /** With `taken_back`, for a port in use by another program: the port that was tried, and the current one. */
  ports: z.object({ tried: z.int(), kept: z.int() }).optional(),
})
export type ConfigProblem = z.infer<typeof configProblemSchema>
