// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { BACKEND_STATES, type BackendState } from '../../protocol/control.ts'
import { stateName } from '../format/backend_text.ts'
import { StatusIcon } from './status_icon.tsx'

afterEach(cleanup)

const shapeOf = (state: BackendState, isExternal = false) => {
  const { container } = render(<StatusIcon state={state} share={0.5} isExternal={isExternal} />)
  // A grayscale print still shows the shape.
  const shape = container.innerHTML
    .replace(/(fill|stroke)="var\(--[\w-]+\)"/g, '$1')
    .replace(/data-status-icon="\w+"/, '')
  cleanup()
  return shape
}

test('the bar is upright when ready, diagonal for caution and level for stop', () => {
  expect(shapeOf('ready')).toContain('rotate(-90 8 8)')
  expect(shapeOf('busy')).toContain('rotate(-90 8 8)')
  expect(shapeOf('degraded')).toContain('rotate(-45 8 8)')
  expect(shapeOf('backoff')).toContain('rotate(-45 8 8)')
  expect(shapeOf('failed')).toContain('rotate(0 8 8)')
  expect(shapeOf('unreachable')).toContain('rotate(0 8 8)')
})

test('states that need different actions differ in shape, not in colour alone', () => {
  const states = [
    ...(['ready', 'busy', 'degraded', 'failed'] as const),
    ...(['unreachable', 'disabled', 'backoff', 'loading'] as const),
  ]
  const shapes = states.map((state) => shapeOf(state))
  shapes.push(shapeOf('ready', true), shapeOf('degraded', true))
  expect(new Set(shapes).size).toBe(states.length + 2)
})

test.each(BACKEND_STATES)('%s has a sign that screen readers skip, and a word', (state) => {
  const { container } = render(<StatusIcon state={state} />)
  expect(container.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true')
  expect(stateName(state)).toMatch(/^[A-Z][a-z]+$/)
})
