import { summaryOf, type CrashCard, type CrashSummary } from '../../protocol/crash.ts'
import { aLine, TEST_EPOCH } from '../../testing/views.ts'

export function aCard(differing: Partial<CrashCard> = {}): CrashCard {
  return {
    format: 1,
    id: '20260131T140000000Z-emotion-0123abcd',
    backend: 'emotion',
    time: TEST_EPOCH,
    exit: { code: 3, signal: null, failure: null, words: 'exit code 3: could not load its model' },
    kill_reason: null,
    phase: 'loading',
    pid: 41836,
    attempt: 2,
    uptime_ms: 1200,
    provider: 'CPU',
    versions: {
      switchyard: '0.1.0',
      node: 'v20.19.0',
      platform: 'linux x64 6.1.0',
      onnxruntime: '1.30.0',
    },
    cause: {
      code: 'model_corrupt',
      cause: 'The model file `m.onnx` is damaged.',
      remedy: 'Make it again with `npm run models`.',
      log_seqs: [2],
      log_lines: [{ seq: 2, time: TEST_EPOCH - 10, level: 'error' }],
      evidence: ['A log line shows it.'],
    },
    log: [
      aLine({ seq: 1, time: TEST_EPOCH - 20, message: 'reading the model files' }),
      aLine({ seq: 2, time: TEST_EPOCH - 10, level: 'error', message: 'm.onnx: invalid protobuf' }),
    ],
    log_omitted: 0,
    memory: [],
    memory_reason: 'it never answered a health check, which reports the memory',
    in_flight: [{ request_id: 'r-1', input_hashes: ['a'.repeat(64)], bytes: 2048 }],
    in_flight_omitted: 0,
    config: { port: 8768 },
    ...differing,
  }
}

export function aCrash(differing: Partial<CrashCard> = {}): CrashSummary {
  return summaryOf(aCard(differing))
}
