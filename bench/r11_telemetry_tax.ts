/** R11: counters and timings cannot be disabled, so they are timed alone, relative to a request. */
import { format, type Row } from './harness/row.ts'
import { withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { median, rangeOf } from './harness/statistics.ts'

const REPEATS = 100_000

export async function measureTelemetryTax(harness: Harness): Promise<Row[]> {
  const { microseconds } = await harness.raw.call('metricsCost', { repeats: REPEATS })
  const { perSecond } = await withServer(startEmotion(), (server) => harness.capacity(server))
  // Worst case: as if main thread and model shared one core.
  const share = (cost: number) => 1 - (cost / 1e6) * perSecond
  return [
    {
      id: 'R11',
      measure: 'telemetry tax',
      definition:
        '1 - cost of the metric calls of one request x images/s; there is no switch for metrics and timings',
      value: share(median(microseconds)),
      unit: '',
      spread: rangeOf(microseconds.map(share)),
      gate: { atLeast: 0.99 },
      notes: [
        `${format(median(microseconds))} µs a request (counter, five stage histograms, batch histogram, latency window) at ${format(perSecond)} images/s; measured in isolation, log lines not included`,
      ],
    },
  ]
}
