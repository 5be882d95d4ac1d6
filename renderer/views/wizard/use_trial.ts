/** Begins a trial, looks at it while it is shown, and sends its one request. */
import { useCallback, useEffect, useState } from 'react'
import type { TrialView } from '../../../protocol/trial.ts'
import { exactText, sentEeg, sentPicture } from '../../api/sent_message.ts'
import { useControlCall } from '../../state/control_context.ts'
import type { InputKind } from '../../state/input_kind.ts'
import { sentenceOf } from '../backends/use_reply.ts'
import { nameOf, sectionOf, type Draft } from './draft.ts'

/** Well below the lease of a trial. */
const LOOK_MS = 500

export type Answer =
  | { phase: 'none' }
  | { phase: 'waiting' }
  | { phase: 'answered' | 'refused'; text: string; tookMs: number }
  | { phase: 'failed'; reason: string }

export interface TrialState {
  view: TrialView | null
  /** Why it could not be begun, or is not known any more. */
  problem: string | null
  answer: Answer
  again(): void
  send(kind: InputKind, file: Blob): Promise<void>
}

export function useTrial(draft: Draft): TrialState {
  const call = useControlCall()
  const [view, setView] = useState<TrialView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [answer, setAnswer] = useState<Answer>({ phase: 'none' })
  const [attempt, setAttempt] = useState(0)
  const question = JSON.stringify({ name: nameOf(draft), section: sectionOf(draft) })

  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      try {
        const { trial } = await call('trials.view', {})
        if (isOver) return
        setView(trial)
        setProblem(null)
      } catch (error) {
        if (!isOver) setProblem(sentenceOf(error))
      }
      if (!isOver) timer = setTimeout(() => void look(), LOOK_MS)
    }
    const begin = async () => {
      try {
        await call(
          'trials.begin',
          JSON.parse(question) as { name: string; section: object & Record<string, unknown> },
        )
        if (!isOver) await look()
      } catch (error) {
        if (!isOver) setProblem(sentenceOf(error))
      }
    }
    void begin()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, question, attempt])

  const again = useCallback(() => {
    setView(null)
    setProblem(null)
    setAnswer({ phase: 'none' })
    setAttempt((times) => times + 1)
  }, [])

  const send = async (kind: InputKind, file: Blob) => {
    setAnswer({ phase: 'waiting' })
    try {
      const id = crypto.randomUUID()
      const sent =
        kind === 'eeg' ? sentEeg(id, file, null) : sentPicture(id, file, Date.now() / 1000)
      const { text, round_trip_ms: tookMs } = await call('trials.send', {
        message: await exactText(sent),
      })
      setAnswer({ phase: isError(text) ? 'refused' : 'answered', text, tookMs })
    } catch (error) {
      setAnswer({ phase: 'failed', reason: sentenceOf(error) })
    }
  }
  return { view, problem, answer, again, send }
}

function isError(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown }).type === 'error'
  } catch {
    return false
  }
}
