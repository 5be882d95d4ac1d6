import type { LogLine } from '../../../protocol/control.ts'
import { timingSchema, type Timing } from '../../../protocol/backend.ts'

export interface RequestFacts {
  sources: readonly string[]
  /** The line with its reply; null if there is none yet. */
  answer: LogLine | null
  /** null if the backend does not report stages. */
  timing: Timing | null
  /** Short values of the reply, with their protocol names: `prediction: happy`. */
  result: readonly (readonly [string, string])[]
}

export function requestFacts(lines: readonly LogLine[]): RequestFacts {
  const answer = lines.find((line) => typeof line.fields?.total_ms === 'number') ?? null
  const timing = timingSchema.safeParse(answer?.fields)
  return {
    sources: [...new Set(lines.map(({ source }) => source))],
    answer,
    timing: timing.success ? timing.data : null,
    result: resultOf(answer?.fields ?? {}),
  }
}

function resultOf({ image_size: size, result, answers }: Record<string, unknown>) {
  const facts: [string, string][] = []
  if (typeof size === 'string') facts.push(['image_size', size])
  if (typeof answers === 'number') facts.push(['answers', String(answers)])
  if (typeof result === 'object' && result !== null) {
    for (const [key, value] of Object.entries(result)) facts.push([key, words(value)])
  }
  return facts
}

const words = (value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value)

export const PATH_STAGES = ['queue', 'preprocess', 'inference', 'postprocess'] as const
export type PathStage = (typeof PATH_STAGES)[number] | 'rest'

export interface PathPart {
  stage: PathStage
  /** Milliseconds after the request arrived at the backend. */
  startMs: number
  ms: number
}

/** The rest of the total, reading and writing messages, comes last, where most of it is spent. */
export function pathOf(timing: Timing): readonly PathPart[] {
  const parts: PathPart[] = []
  let startMs = 0
  for (const stage of PATH_STAGES) {
    const ms = timing[`${stage}_ms`]
    parts.push({ stage, startMs, ms })
    startMs += ms
  }
  // Two threads measure the stages, so their sum may slightly exceed the total.
  const ms = Math.max(0, timing.total_ms - startMs)
  return [...parts, { stage: 'rest', startMs, ms }]
}
