/** Takes pictures and EEG files, sends them to the selected backends and writes the replies to the store. */
import type { InferenceClient, Outcome } from '../api/inference_client.ts'
import type { SentMessage } from '../api/sent_message.ts'
import { shrinkInBrowser, type Shrink, type ShrunkPicture } from '../api/shrunk_picture.ts'
import { isServing } from '../format/backend_text.ts'
import { t } from '../i18n/i18n.ts'
import { HEAD_BYTES, kindOfFile } from '../../protocol/file_kind.ts'
import { FILE_INPUTS, sentInput } from './file_input.ts'
import { backendsOf, isConnected, usePanel } from './panel_store.ts'
import {
  isBusy,
  withExchange,
  withRun,
  type Exchange,
  type Run,
  type PlaygroundInput,
} from './runs.ts'
import { shrunkFor, toOriginal } from './shrunk_input.ts'
import { aimAt, currentRun, readyTargets, stageInput, usePlayground } from './playground_store.ts'
import { useUi } from './ui_store.ts'
import { errorText } from '../format/message.ts'

export const FILES_PER_DROP_MAX = 500

export interface TakeOptions {
  /** A video frame: only the last ones stay in the list. */
  isFrame?: boolean
}

export interface PlaygroundSender {
  /** Shows the files one after the other and runs each when a selected backend is ready. */
  take(files: readonly File[], backend?: string, options?: TakeOptions): Promise<void>
  run(): Promise<void>
  repeat(times: number): Promise<void>
  /** Sends to one backend outside the runs, for a check of a golden result. */
  ask(backend: string, input: Pick<PlaygroundInput, 'kind' | 'file'>): Promise<Outcome>
  /** Sends a whole message to one backend outside the runs. */
  send(backend: string, requestId: string, message: SentMessage): Promise<Outcome>
  cancel(): void
  dispose(): void
}

export function createPlaygroundSender(
  client: InferenceClient,
  shrink: Shrink = shrinkInBrowser,
): PlaygroundSender {
  const underWay = new Map<string, AbortController>()
  /** Stored runs have ids too. */
  const nextId = () => 1 + Math.max(0, ...idsInUse())

  let newest = 0
  /** The result reports whether another drop or a cancel has superseded this one. Single files do not supersede. */
  function begin(amount: number): () => boolean {
    const own = amount === 1 ? newest : ++newest
    return () => own !== newest
  }

  async function send(input: PlaygroundInput, backends: readonly string[]): Promise<void> {
    const exchanges = backends.map((backend) => newExchange(input, backend))
    const run: Run = { id: nextId(), input, exchanges }
    usePlayground.setState((state) => ({
      runs: withRun(state.runs, run),
      currentRunId: run.id,
      input: null,
      runWhenReady: null,
      selected: null,
    }))
    await Promise.all(exchanges.map((one) => exchange(one, input)))
  }

  async function outcomeOf(
    backend: string,
    requestId: string,
    message: SentMessage | Promise<SentMessage>,
  ): Promise<Outcome> {
    if (!isConnected(usePanel.getState()))
      return { phase: 'broken', message: t('test:now.offline') }
    const controller = new AbortController()
    underWay.set(requestId, controller)
    const outcome = await Promise.resolve(message)
      .then((sent) => client.run(backend, requestId, sent, controller.signal))
      .catch((error: unknown) => ({ phase: 'broken' as const, message: errorText(error) }))
    underWay.delete(requestId)
    return outcome
  }

  async function exchange(
    { backend, requestId, sent }: Exchange,
    input: PlaygroundInput,
  ): Promise<void> {
    const change = (what: Parameters<typeof withExchange>[2]) => {
      usePlayground.setState((state) => ({ runs: withExchange(state.runs, requestId, what) }))
    }
    const outcome = await sendFitted(
      backend,
      requestId,
      { ...input, sent },
      ({ file, ...shrunk }) => {
        change({ sent: { ...sent, file }, shrunk })
      },
    )
    change({ outcome })
  }

  /** Sends the file, or its scaled version; the reply is always in pixels of the file. */
  async function sendFitted(
    backend: string,
    requestId: string,
    { kind, file, sent }: Pick<PlaygroundInput, 'kind' | 'file'> & { sent: SentMessage },
    onShrunk: (shrunk: ShrunkPicture) => void = () => undefined,
  ): Promise<Outcome> {
    let shrunk: ShrunkPicture | null = null
    const fitted = async () => {
      shrunk = kind === 'image' ? await shrunkOnce(backend, file) : null
      if (shrunk === null) return sent
      onShrunk(shrunk)
      return { ...sent, file: shrunk.file }
    }
    return toOriginal(await outcomeOf(backend, requestId, fitted()), shrunk)
  }

  /** Shared by backends that want the same size, and by repeated runs. */
  const shrunkFiles = new WeakMap<Blob, Map<string, Promise<ShrunkPicture | null>>>()

  async function shrunkOnce(backend: string, file: Blob): Promise<ShrunkPicture | null> {
    const wanted = viewOf(backend)?.image_size ?? null
    const { shrinkPictures } = useUi.getState()
    if (wanted === null || !shrinkPictures) return null
    const ofFile = shrunkFiles.get(file) ?? new Map<string, Promise<ShrunkPicture | null>>()
    shrunkFiles.set(file, ofFile)
    const key = `${wanted.width}x${wanted.height}`
    const shrunk = ofFile.get(key) ?? shrunkFor(file, wanted, shrink)
    ofFile.set(key, shrunk)
    return shrunk
  }

  const sender: PlaygroundSender = {
    async take(files, backend, { isFrame = false } = {}) {
      const taken = files.slice(0, FILES_PER_DROP_MAX)
      const refused: string[] = []
      const isOver = begin(taken.length)
      usePlayground.setState({ problem: null })
      for (const [index, file] of taken.entries()) {
        if (isOver()) break
        if (taken.length > 1)
          usePlayground.setState({ queue: { of: 'files', done: index, total: taken.length } })
        const input = await inputOf(file, nextId())
        if (input === null) {
          refused.push(file.name)
          continue
        }
        if (backend !== undefined) aimAt(input.kind, backend)
        usePlayground.setState({ input: { ...input, isFrame }, currentRunId: null, selected: null })
        await sender.run()
      }
      if (!isOver()) usePlayground.setState({ queue: null })
      if (refused.length > 0) usePlayground.setState({ problem: refusalOf(refused) })
    },
    async run() {
      const state = usePlayground.getState()
      const input = stageInput(state)
      const busy = currentRun(state)
      if (!input || (busy && isBusy(busy))) return
      if (!isConnected(usePanel.getState())) {
        usePlayground.setState({ problem: t('test:now.offline') })
        return
      }
      usePlayground.setState({ problem: null })
      const targets = readyTargets(state.targets, input.kind, backendsOf(usePanel.getState()))
      if (targets.length > 0) await send(input, targets)
    },
    async repeat(times) {
      const isOver = begin(times)
      for (let done = 0; done < times && !isOver(); done++) {
        usePlayground.setState({ queue: { of: 'runs', done, total: times } })
        await sender.run()
      }
      if (!isOver()) usePlayground.setState({ queue: null })
    },
    ask(backend, input) {
      const requestId = crypto.randomUUID()
      const sent = sentOf(input, backend, requestId, Date.now())
      return sendFitted(backend, requestId, { ...input, sent })
    },
    send: outcomeOf,
    cancel() {
      begin(0)
      usePlayground.setState({ queue: null })
      for (const controller of underWay.values()) controller.abort()
    },
    dispose() {
      unsubscribe()
      client.dispose()
    },
  }

  // "Start emotion" runs the waiting input once the model is loaded.
  const unsubscribe = usePanel.subscribe((panel) => {
    const name = usePlayground.getState().runWhenReady
    if (name === null) return
    const backend = backendsOf(panel).find((one) => one.name === name)
    if (backend?.state === 'failed') usePlayground.setState({ runWhenReady: null })
    if (backend && isServing(backend)) {
      usePlayground.setState({ runWhenReady: null })
      void sender.run()
    }
  })
  return sender
}

function refusalOf([first = '', ...others]: readonly string[]): string {
  return others.length === 0
    ? t('test:source.neither', { name: first })
    : t('test:source.neither_many', { count: others.length, name: first })
}

function idsInUse(): number[] {
  const { runs, input } = usePlayground.getState()
  const ids = runs.flatMap((run) => [run.id, run.input.id])
  return input === null ? ids : [...ids, input.id]
}

/** null for anything but a picture or a recording. */
async function inputOf(file: File, id: number): Promise<PlaygroundInput | null> {
  const head = new Uint8Array(await headOf(file))
  const kind = kindOfFile(file.name, file.type, head)
  if (kind === null) return null
  const name = file.name === '' ? `pasted ${FILE_INPUTS[kind].noun}` : file.name
  return { id, kind, name, file, url: URL.createObjectURL(file) }
}

/** undefined for what cannot be read, such as a folder; sending reports it. */
function headOf(file: File): Promise<ArrayBuffer> {
  return file
    .slice(0, HEAD_BYTES)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0))
}

function newExchange(input: PlaygroundInput, backend: string): Exchange {
  const requestId = crypto.randomUUID()
  const sentAtMs = Date.now()
  return {
    backend,
    requestId,
    sent: sentOf(input, backend, requestId, sentAtMs),
    sentAtMs,
    ...contextOf(backend),
    outcome: { phase: 'busy', startedAtMs: performance.now() },
  }
}

function contextOf(name: string): Pick<Exchange, 'context'> {
  const backend = viewOf(name)
  if (backend === undefined) return {}
  return {
    context: {
      precision: backend.precision,
      configHash: backend.config_hash,
      modelHashes: backend.models.map(({ sha256 }) => sha256),
      ...(backend.descriptor && { returns: backend.descriptor.returns }),
      isFirst: backend.requests === 0,
    },
  }
}

function sentOf(
  input: Pick<PlaygroundInput, 'kind' | 'file'>,
  backend: string,
  requestId: string,
  nowMs: number,
): SentMessage {
  const descriptor = viewOf(backend)?.descriptor ?? null
  return sentInput(requestId, input, { descriptor, nowMs, typed: useUi.getState() })
}

const viewOf = (backend: string) =>
  backendsOf(usePanel.getState()).find(({ name }) => name === backend)
