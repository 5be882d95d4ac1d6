/** Takes pictures in, sends them to the chosen backends and writes what comes back into the store. */
import type { InferenceClient } from '../api/inference_client.ts'
import { sentMessage } from '../api/sent_message.ts'
import { isServing } from '../format/backend_words.ts'
import { backendsOf, usePanel } from './panel_store.ts'
import { isBusy, withOutcome, withRun, type Exchange, type Picture, type Run } from './runs.ts'
import { currentRun, readyTargets, stagePicture, useTest } from './test_store.ts'

/** More files in one drop would only push each other out of the list. */
export const FILES_PER_DROP_MAX = 50

export interface TestBench {
  /** Puts the files on the stage one after the other and runs each when a chosen backend is ready. */
  take(files: readonly File[], backend?: string): Promise<void>
  /** Runs the picture on the stage again. */
  run(): Promise<void>
  /** Cancels what is under way. */
  cancel(): void
  dispose(): void
}

export function createTestBench(client: InferenceClient): TestBench {
  const underWay = new Map<string, AbortController>()
  let lastId = 0

  async function send(picture: Picture, backends: readonly string[]): Promise<void> {
    const exchanges = backends.map((backend) => newExchange(picture, backend))
    const run: Run = { id: ++lastId, picture, exchanges }
    useTest.setState((state) => ({
      runs: withRun(state.runs, run),
      currentRunId: run.id,
      picture: null,
      runWhenReady: null,
      selectedFinding: 0,
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
      if (backend !== undefined) useTest.setState({ targets: [backend] })
      for (const file of files.slice(0, FILES_PER_DROP_MAX)) {
        const picture = {
          id: ++lastId,
          name: file.name === '' ? 'pasted picture' : file.name,
          file,
          url: URL.createObjectURL(file),
        }
        useTest.setState({ picture, currentRunId: null, selectedFinding: 0 })
        await bench.run()
      }
    },
    async run() {
      const state = useTest.getState()
      const picture = stagePicture(state)
      const busy = currentRun(state)
      const targets = readyTargets(state.targets, backendsOf(usePanel.getState()))
      if (!picture || targets.length === 0 || (busy && isBusy(busy))) return
      await send(picture, targets)
    },
    cancel() {
      for (const controller of underWay.values()) controller.abort()
    },
    dispose() {
      unsubscribe()
      client.dispose()
    },
  }

  // "Start emotion" on the bench promises to run the waiting picture once the model is loaded.
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

function newExchange(picture: Picture, backend: string): Exchange {
  const requestId = crypto.randomUUID()
  const sentAtMs = Date.now()
  return {
    backend,
    requestId,
    sent: sentMessage(requestId, picture.file, sentAtMs / 1000),
    sentAtMs,
    outcome: { phase: 'busy', startedAtMs: performance.now() },
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
