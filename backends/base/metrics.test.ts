/** GET /metrics has the names and buckets that Switchyard reads, and stays small. */
import { expect, it } from 'vitest'
import {
  BATCH_BOUNDS,
  LATENCY_BOUNDS_S,
  METRIC_NAMES,
  METRICS_STAGES,
} from '../../protocol/metrics.ts'
import { BackendMetrics } from './metrics.ts'

/** Switchyard scrapes once a second; a page must cost less than a small picture. */
const PAGE_BYTES_MAX = 32_768

async function pageOfUse(): Promise<string> {
  const metrics = new BackendMetrics('emotion', {
    queueDepth: () => 1,
    inFlight: () => 2,
    isReady: () => true,
  })
  metrics.noteRequest()
  metrics.noteError('timeout')
  metrics.noteAnswer({
    queue_ms: 1,
    preprocess_ms: 2,
    inference_ms: 3,
    postprocess_ms: 4,
    total_ms: 10,
    batch_size: 2,
  })
  return (await metrics.page()).text
}

const boundsOf = (page: string, start: string) =>
  page
    .split('\n')
    .filter((line) => line.startsWith(`${start}_bucket{`))
    .map((line) => /le="([^"]+)"/.exec(line)?.[1])

it('bears every name that the control plane reads', async () => {
  const page = await pageOfUse()
  const typed = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  expect(typed).toEqual(expect.arrayContaining(Object.values(METRIC_NAMES)))
  for (const stage of METRICS_STAGES) expect(page).toContain(`stage="${stage}"`)
  expect(page).toContain('code="timeout"')
})

it('counts in the buckets of the protocol', async () => {
  const page = await pageOfUse()
  const latency = [...LATENCY_BOUNDS_S.map(String), '+Inf']
  expect(boundsOf(page, METRIC_NAMES.stages)).toEqual(METRICS_STAGES.flatMap(() => latency))
  expect(boundsOf(page, METRIC_NAMES.batchSizes)).toEqual([...BATCH_BOUNDS.map(String), '+Inf'])
})

it('stays small with every stage in use', async () => {
  expect(Buffer.byteLength(await pageOfUse())).toBeLessThan(PAGE_BYTES_MAX)
})
