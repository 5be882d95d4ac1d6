/** Takes pictures and EEG files in, sends them to the chosen backends and writes what comes back into the store. */
import type { InferenceClient } from '../api/inference_client.ts'
import { sentEeg, sentPicture, type SentMessage } from '../api/sent_message.ts'
import { isServing } from '../format/backend_words.ts'
import { HEAD_BYTES, INPUT_NOUNS, kindOfFile } from './input_kind.ts'
import { backendsOf, usePanel } from './panel_store.ts'
import { isBusy, withOutcome, withRun, type Exchange, type Run, type TestInput } from './runs.ts'
import { aimAt, currentRun, readyTargets, stageInput, useTest } from './test_store.ts'
import { useUi } from './ui_store.ts'

/** More files in one drop would only push each other out of the list. */
export const FILES_PER_DROP_MAX = 50

export interface TestBench {
  /** Puts the files on the stage one after the other and runs each when a chosen backend is ready. */
  take(files: readonly File[], backend?: string): Promise<void>
  /** Runs the input on the stage again. */
  run(): Promise<void>
  /** Cancels what is under way. */
  cancel(): void
  dispose(): void
}

export function createTestBench(client: InferenceClient): TestBench {
  const underWay = new Map<string, AbortController>()
  let lastId = 0

  async function send(input: TestInput, backends: readonly string[]): Promise<void> {
    const exchanges = backends.map((backend) => newExchange(input, backend))
    const run: Run = { id: ++lastId, input, exchanges }
    useTest.setState((state) => ({
      runs: withRun(state.runs, run),
      currentRunId: run.id,
      input: null,
      runWhenReady: null,
      selected: null,
    }))
    await Promise.all(exchanges.map(exchange))
  }

  async function exchange({ backend, requestId, sent }: Exchange): Promise<void> {
    const controller = new AbortController()
    underWay.set(requestId, controller)
    const outcome = await client
      .run(backend, requestId, sent, controller.signal)
      .catch((error: unknown) => ({ phase: 'broken' as const, message: sentenceOf(error) }))
    underWay.delete(requestId)
    useTest.setState((state) => ({ runs: withOutcome(state.runs, requestId, outcome) }))
  }

  const bench: TestBench = {
    async take(files, backend) {
      for (const file of files.slice(0, FILES_PER_DROP_MAX)) {
        const input = await inputOf(file, ++lastId)
        if (backend !== undefined) aimAt(input.kind, backend)
        useTest.setState({ input, currentRunId: null, selected: null })
        await bench.run()
      }
    },
    async run() {
      const state = useTest.getState()
      const input = stageInput(state)
      const busy = currentRun(state)
      if (!input || (busy && isBusy(busy))) return
      const targets = readyTargets(state.targets, input.kind, backendsOf(usePanel.getState()))
      if (targets.length > 0) await send(input, targets)
    },
    cancel() {
      for (const controller of underWay.values()) controller.abort()
    },
    dispose() {
      unsubscribe()
      client.dispose()
    },
  }

  // "Start emotion" on the bench promises to run the waiting input once the model is loaded.
  const unsubscribe = usePanel.subscribe((panel) => {
    const name = useTest.getState().runWhenReady
    if (name === null) return
    const backend = backendsOf(panel).find((one) => one.name === name)
    if (backend?.state === 'failed') useTest.setState({ runWhenReady: null })
    if (backend && isServing(backend)) {
      useTest.setState({ runWhenReady: null })
      void bench.run()
    }
  })
  return bench
}

async function inputOf(file: File, id: number): Promise<TestInput> {
  const head = new Uint8Array(await headOf(file))
  const kind = kindOfFile(file.name, file.type, head)
  const name = file.name === '' ? `pasted ${INPUT_NOUNS[kind]}` : file.name
  return { id, kind, name, file, url: URL.createObjectURL(file) }
}

/** Nothing for what cannot be read, such as a folder; sending it then says so. */
function headOf(file: File): Promise<ArrayBuffer> {
  return file
    .slice(0, HEAD_BYTES)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0))
}

function newExchange(input: TestInput, backend: string): Exchange {
  const requestId = crypto.randomUUID()
  const sentAtMs = Date.now()
  return {
    backend,
    requestId,
    sent: sentOf(input, requestId, sentAtMs),
    sentAtMs,
    outcome: { phase: 'busy', startedAtMs: performance.now() },
  }
}

function sentOf({ kind, file }: TestInput, requestId: string, nowMs: number): SentMessage {
  switch (kind) {
    case 'image':
      return sentPicture(requestId, file, nowMs / 1000)
    case 'eeg':
      return sentEeg(requestId, file, useUi.getState().eegRateHz)
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
