/** Starts a trial run, polls it while shown, and sends its request. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { serverMessageSchema, type ServerMessage } from '../../../protocol/backend.ts'
import type { TrialRunView } from '../../../protocol/trial_run.ts'
import { exactText } from '../../api/sent_message.ts'
import { sendToTrialRun } from '../../api/trial_run_message.ts'
import { useControlCall } from '../../state/control_context.tsx'
import type { FileKind } from '../../../protocol/file_kind.ts'
import { NOTHING_TYPED, sentInput } from '../../state/file_input.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import { shrunkFor, toOriginal } from '../../state/shrunk_input.ts'
import { errorText } from '../../format/message.ts'
import { nameOf, sectionOf, type Draft } from './draft.ts'

/** Well below the lease of a trial run. */
const LOOK_MS = 500

export type Answer =
  | { phase: 'none' }
  | { phase: 'waiting' }
  /** `run` is the request in the playground's form, for drawing. */
  | { phase: 'answered' | 'refused'; text: string; tookMs: number; run: Run }
  | { phase: 'failed'; reason: string }

export interface TrialRunState {
  view: TrialRunView | null
  /** Why it could not start, or has expired. */
  problem: string | null
  answer: Answer
  again(): void
  send(backend: string, kind: FileKind, file: File): Promise<void>
}

export function useTrialRun(draft: Draft): TrialRunState {
  const call = useControlCall()
  const [answer, setAnswer] = useState<Answer>({ phase: 'none' })
  const [attempt, setAttempt] = useState(0)
  const wanted = { name: nameOf(draft), section: sectionOf(draft) }
  const begun = useQuery({
    queryKey: ['trials.begin', wanted, attempt],
    queryFn: () => call('trials.begin', wanted),
    staleTime: Infinity,
  })
  const looked = useQuery({
    queryKey: ['trials.view', wanted, attempt],
    queryFn: () => call('trials.view', {}),
    enabled: begun.isSuccess,
    refetchInterval: LOOK_MS,
    // An unpolled trial run ends.
    refetchIntervalInBackground: true,
  })
  const view = looked.data?.trial ?? null
  const error = begun.error ?? looked.error

  const url = 'run' in answer ? answer.run.input.url : null
  useEffect(() => {
    if (url !== null) return () => URL.revokeObjectURL(url)
    return undefined
  }, [url])

  const again = () => {
    setAnswer({ phase: 'none' })
    setAttempt((times) => times + 1)
  }

  const send = async (backend: string, kind: FileKind, file: File) => {
    setAnswer({ phase: 'waiting' })
    try {
      const id = crypto.randomUUID()
      const shrunk = kind === 'image' ? await shrunkFor(file, view?.image_size ?? null) : null
      const sent = sentInput(
        id,
        { kind, file: shrunk?.file ?? file },
        { descriptor: view?.descriptor ?? null, nowMs: Date.now(), typed: NOTHING_TYPED },
      )
      const { text, round_trip_ms: tookMs } = await sendToTrialRun(call, await exactText(sent))
      const outcome = toOriginal(outcomeOf(text, tookMs), shrunk)
      const exchange = {
        ...{ backend, requestId: id, sent, sentAtMs: Date.now(), outcome },
        ...(shrunk && { shrunk: { sent: shrunk.sent, original: shrunk.original } }),
      }
      setAnswer({ phase: outcome.phase, text, tookMs, run: runOf(kind, file, exchange) })
    } catch (error) {
      setAnswer({ phase: 'failed', reason: errorText(error) })
    }
  }
  return { view, problem: error && errorText(error), answer, again, send }
}

let inputs = 0

function runOf(kind: FileKind, file: File, exchange: Exchange): Run {
  const input = { id: ++inputs, kind, name: file.name, file, url: URL.createObjectURL(file) }
  return { id: 0, input, exchanges: [exchange] }
}

/** A null reply has a form that the protocol does not describe. */
function outcomeOf(receivedText: string, roundTripMs: number) {
  const reply = replyOf(receivedText)
  return reply?.type === 'error'
    ? { phase: 'refused' as const, reply, receivedText, roundTripMs }
    : {
        phase: 'answered' as const,
        reply: reply?.type === 'inference_response' ? reply : null,
        receivedText,
        roundTripMs,
      }
}

function replyOf(text: string): ServerMessage | null {
  try {
    return serverMessageSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
