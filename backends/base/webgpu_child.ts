/** For webgpu.test.ts: prints placement and results on WebGPU and CPU. Arguments: model file, `on_fallback`. */
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { FALLBACK_POLICIES } from '../../protocol/config.ts'
import type { BackendLog } from './backend.ts'
import { createSession } from './session.ts'
import { messageOf } from '../../protocol/errors.ts'

const BATCH = 2

const [modelPath = '', policy] = process.argv.slice(2)
const onFallback = FALLBACK_POLICIES.find((one) => one === policy)
const warnings: string[] = []
const silent = () => undefined
const log: BackendLog = {
  debug: silent,
  info: silent,
  warn: (message) => warnings.push(message),
  error: silent,
}

try {
  const options = { threads: 1, log, onFallback }
  const gpu = await createSession(modelPath, { ...options, providers: ['webgpu'] })
  const cpu = await createSession(modelPath, { ...options, providers: ['cpu'] })
  const [expected, actual] = [await answerOf(cpu.session), await answerOf(gpu.session)]
  const differences = expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN)))
  const { requested, granted, placement } = gpu
  const largest = differences.reduce((max, one) => (one <= max ? max : one), 0)
  const found = { requested, granted, placement, warnings, values: expected.length, largest }
  console.log(JSON.stringify(found))
  await gpu.session.release()
  await cpu.session.release()
} catch (error) {
  console.log(JSON.stringify({ error: messageOf(error) }))
}

async function answerOf(session: InferenceSession): Promise<Float32Array> {
  const [input] = session.inputMetadata
  if (!input?.isTensor) throw new Error('the model has no tensor as input')
  const dims = input.shape.map((size) => (typeof size === 'number' ? size : BATCH))
  const length = dims.reduce((product, size) => product * size, 1)
  const values = Float32Array.from({ length }, (_, index) => Math.sin(index * 0.7))
  const outputs = await session.run({ [input.name]: new Tensor('float32', values, dims) })
  return outputs['y']?.data as Float32Array
}
