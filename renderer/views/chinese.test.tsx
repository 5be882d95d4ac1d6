/** All messages are translated in a Chinese panel: no English sentence is left in any area. */
// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errorReply } from '../../protocol/backend.ts'
import { ControlError, ProtocolError } from '../../protocol/errors.ts'
import { asText, joined, message } from '../../protocol/messages.ts'
import type { GpuReading } from '../../protocol/gpu.ts'
import type { ModelInspection } from '../../protocol/models.ts'
import type { PortReport } from '../../protocol/ports.ts'
import { setLanguage } from '../i18n/i18n.ts'
import { config_keys } from '../i18n/zh/config_keys.ts'
import type { Exchange } from '../state/runs.ts'
import { ControlProvider } from '../state/control_context.tsx'
import { initialPanelState, usePanel } from '../state/panel_store.ts'
import { fakeControl } from '../testing/fake_control.ts'
import { aBackend, aPlane, NO_GPU, ONE_GPU, TEST_EPOCH } from '../../testing/views.ts'
import { Banners } from '../shell/banners.tsx'
import { PortDoctor } from './backends/crash/port_doctor.tsx'
import { ModelCard } from './backends/model/model_card.tsx'
import { PlacementLines } from './backends/overview/below_charts.tsx'
import { GpuPart } from './system/gpu_part.tsx'
import { FatigueResultView } from './playground/fatigue_result.tsx'
import { ResultSection } from './playground/result_section.tsx'

beforeEach(() => {
  setLanguage('zh')
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: { gpus: null, plane: aPlane(), backends: [aBackend()] },
  })
})
afterEach(() => {
  cleanup()
  setLanguage('en')
})

/** Three consecutive words. Names of programs, keys and files do not count. */
const ENGLISH = /[a-z]+ [a-z]+ [a-z]+/
const expectNoEnglish = () => {
  expect(document.body.textContent).toMatch(/\p{sc=Han}/u)
  expect(document.body.textContent).not.toMatch(ENGLISH)
}

test('the report of the port doctor', async () => {
  const report: PortReport = {
    ...{ host: 'localhost', port: 8768, verdict: 'in_use', free_in_s: null, suggestion: 8769 },
    holder: {
      ...{ pid: null, command: null, started_at: null, user: null },
      ...asText({ reason: message('holder.no_process') }),
    },
    speaks: { kind: 'silent', ...asText({ reason: message('answer.none', { ms: 20 }) }) },
    ...asText({
      sentence: message('port.in_use', {
        ...{ port: 8768, host: 'localhost' },
        holder: message('holder.unknown'),
      }),
      remedy: joined(message('port.set_free', { port: 8769 }), message('port.or_external')),
      notes: [message('port.reserved', { port: 8768 })],
    }),
  }
  const control = fakeControl({ 'ports.examine': () => ({ report }) })
  render(
    <ControlProvider call={control.call}>
      <PortDoctor backend={aBackend()} />
    </ControlProvider>,
  )
  fireEvent.click(screen.getByRole('button'))
  await screen.findByText('localhost 上的端口 8768 已被无法识别的程序占用。')
  expectNoEnglish()
})

test('a call that fails', async () => {
  const control = fakeControl({
    'ports.examine': () => {
      throw new ControlError('closing', message('call.closing'))
    },
  })
  render(
    <ControlProvider call={control.call}>
      <PortDoctor backend={aBackend()} />
    </ControlProvider>,
  )
  fireEvent.click(screen.getByRole('button'))
  await screen.findByText(/Switchyard 正在退出。/)
  expectNoEnglish()
})

test('problems of the configuration', () => {
  const place = { file: 'models.yaml', line: 3 }
  const fault = message('fault.kind', {
    kind: message('kind.number'),
    value: message('value.string', { value: '"2"' }),
  })
  const problems = [
    {
      ...{ ...place, key: 'model_backends.a.warmup' },
      ...asText({
        message: message('config.at_key', { key: 'warmup', fault }),
        remedy: message('fix.number', { number: 2 }),
      }),
    },
    {
      ...{ ...place, key: 'model_backends.b.port' },
      ...asText({
        message: message('config.unknown_key', { key: 'prot' }),
        remedy: message('fix.key_list'),
      }),
    },
  ]
  const config = { file: 'models.yaml', loaded_at: TEST_EPOCH, problems }
  usePanel.setState({ snapshot: { gpus: null, plane: aPlane({ config }), backends: [] } })
  render(
    <ControlProvider call={fakeControl({}).call}>
      <Banners />
    </ControlProvider>,
  )
  fireEvent.click(screen.getByRole('button', { name: /全部/ }))
  expect(document.body.textContent).toContain('warmup 必须是数字，而不是字符串（"2"）。')
  expectNoEnglish()
})

test('the values of a GPU that are unknown, and why there is no GPU', () => {
  const parts = (reading: GpuReading) => <GpuPart reading={reading} backends={[]} selected={null} />
  render(
    <>
      {parts(NO_GPU)}
      {parts({ ...NO_GPU, sources: [] })}
      {parts(ONE_GPU)}
    </>,
  )
  expect(document.body.textContent).toContain('未安装 nvidia-smi。')
  expect(document.body.textContent).toContain('未找到 GPU：未安装 nvidia-smi。')
  expect(document.body.textContent).toContain('温度未知：驱动没有 hwmon 传感器。')
  expectNoEnglish()
})

test('a model whose nodes were not counted, and what is wrong with its file', () => {
  const model = { name: 'net', sha256: '', bytes: 1, licence: '-', origin: '-' }
  const inspection: ModelInspection = {
    ...{ name: 'net', path: null, bytes: null, modified_at: null, sha256: null },
    ...{ loaded_sha256: '', header: null },
    problem: message('model.not_onnx', {
      file: 'a.onnx',
      reason: message('model.other_format', { fault: message('format.web_page') }),
    }),
  }
  const placement = {
    ...{ model: 'net', requested: ['CUDA'], granted: 'CUDA', nodes: null, on_cpu: [] },
    ...asText({ summary: message('placement.unknown', { reason: message('placement.no_node') }) }),
  }
  render(
    <>
      <ModelCard model={model} inspection={inspection} placements={[]} />
      <PlacementLines placements={[placement]} />
    </>,
  )
  expect(document.body.textContent).toContain('a.onnx 不是 ONNX 模型：这是网页，不是模型。')
  expect(document.body.textContent).toContain('探测失败（性能分析结果中没有节点）')
})

test('the notes of a built-in backend', () => {
  const model = { validated: false, evaluation: message('reply.heuristic').message }
  const note = message('reply.no_baseline').message
  const score = { fatigue_score: 34, prediction_class: 0, confidence: 0.03 }
  render(<FatigueResultView result={{ ...score, model, parts: [], faces: [], message: note }} />)
  expect(screen.getByText(/单张图片没有睁眼基准/)).toBeTruthy()
  expect(document.querySelector('[title]')?.getAttribute('title')).toMatch(/^启发式方法/)
  expectNoEnglish()
})

test('a refused request', () => {
  const refused = new ProtocolError(
    'invalid_image',
    message('picture.damaged', { kind: 'JPEG', reason: 'cut' }),
  )
  const file = new Blob()
  const exchange: Exchange = {
    ...{ backend: 'emotion', requestId: 'a', sentAtMs: 0, sent: { head: '', file, tail: '' } },
    outcome: {
      ...{ phase: 'refused', receivedText: '', roundTripMs: 1 },
      reply: errorReply('a', refused),
    },
  }
  const input = { id: 1, kind: 'image' as const, name: 'a.jpg', file, url: '' }
  render(<ResultSection exchange={exchange} run={{ id: 1, input, exchanges: [exchange] }} />)
  expect(screen.getByText('JPEG 文件已损坏或不完整（cut）。请重新发送或导出。')).toBeTruthy()
  expectNoEnglish()
})

test('the meaning of each configuration key', () => {
  for (const [key, text] of Object.entries(config_keys)) {
    expect([key, text.replaceAll(/`[^`]*`/g, '')]).toEqual([
      key,
      expect.not.stringMatching(ENGLISH),
    ])
  }
})
