import { expect, test } from 'vitest'
import { aCard } from '../../../testing/crashes.ts'
import { crashReport } from './crash_report.ts'

test('the report shows how it ended, why, and marks the evidence', () => {
  const report = crashReport(aCard())
  expect(report).toContain('emotion: exit code 3: could not load its model')
  expect(report).toContain('Likely cause: The model file `m.onnx` is damaged.')
  expect(report).toMatch(/^> \d\d:\d\d:\d\d\.\d{3} ERROR m\.onnx: invalid protobuf$/m)
  expect(report).toMatch(/^ {2}\d\d:\d\d:\d\d\.\d{3} INFO {2}reading the model files$/m)
  expect(report).toContain('  r-1 aaaa')
})

test('names of the environment are included, values are not', () => {
  const report = crashReport(aCard({ config: { port: 8768, env: { API_KEY: 'sesame' } } }))
  expect(report).toContain('"API_KEY":"[env value]"')
  expect(report).not.toContain('sesame')
})

test('what is not known is not made up', () => {
  const report = crashReport(
    aCard({ cause: null, uptime_ms: null, provider: null, in_flight: [], kill_reason: null }),
  )
  expect(report).toContain('No likely cause was found.')
  expect(report).toContain('ran not at all, provider not known')
  expect(report).not.toContain('ended by Switchyard')
})
