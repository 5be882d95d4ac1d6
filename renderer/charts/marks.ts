import type { PlaneEvent } from '../../protocol/events.ts'

export type MarkKind = 'config' | 'crash' | 'start'

export interface ChartMark {
  key: number
  kind: MarkKind
  /** Unix milliseconds. */
  time: number
  message: string
}

/** Within this share of the span only the newest mark of each kind is kept. */
const NEAR_SHARE = 0.01

export function marksOf(
  events: readonly PlaneEvent[],
  backend: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): ChartMark[] {
  const marks: ChartMark[] = []
  for (const event of events) {
    const { seq: key, time, message } = event
    if (event.backend !== backend) continue
    const kind = kindOf(event)
    if (kind === null || time < fromMs || time > toMs) continue
    const last = marks.findLast((mark) => mark.kind === kind)
    if (last !== undefined && time - last.time < (toMs - fromMs) * NEAR_SHARE) {
      marks.splice(marks.indexOf(last), 1)
    }
    marks.push({ key, kind, time, message })
  }
  return marks
}

function kindOf({ kind, state }: PlaneEvent): MarkKind | null {
  if (kind === 'config' || kind === 'crash') return kind
  return kind === 'state' && state === 'starting' ? 'start' : null
}
