/** The list says where the nodes of each model really run, and nothing when the backend does not tell. */
// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { ModelPlacement } from '../../../protocol/backend.ts'
import { ModelList } from './model_list.tsx'

const MODEL = { name: 'blazeface', sha256: 'a'.repeat(64), bytes: 10, licence: 'MIT', origin: 'x' }
const PLACEMENT: ModelPlacement = {
  model: 'blazeface',
  requested: ['CUDA', 'WebGPU'],
  granted: 'WebGPU',
  nodes: { WebGPU: 118, CPU: 3 },
  on_cpu: ['resize_12'],
  summary: '118 of 121 nodes on WebGPU, 3 on CPU: resize_12',
}

afterEach(cleanup)

test('tells what was asked for, what was granted and which nodes are elsewhere', () => {
  const other = { ...PLACEMENT, model: 'facemesh', summary: 'all nodes on CPU' }
  render(<ModelList models={[MODEL]} placements={[PLACEMENT, other]} sessions={2} />)
  const line = screen.getByText(/118 of 121 nodes on WebGPU/)
  expect(line.textContent).toContain('asked for: CUDA, WebGPU')
  expect(line.getAttribute('title')).toBe('On the CPU: resize_12')
  expect(screen.queryByText(/all nodes on CPU/)).toBeNull()
  expect(screen.getByText(/2 times side by side/)).toBeTruthy()
})

test('says nothing of nodes when the backend does not', () => {
  render(<ModelList models={[MODEL]} placements={[]} sessions={null} />)
  expect(screen.queryByText('Nodes')).toBeNull()
})
