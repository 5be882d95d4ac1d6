import { useMemo } from 'react'
import { usePanel } from './panel_store.ts'

const BACKEND_COLOURS = ['var(--d1)', 'var(--d2)', 'var(--d3)', 'var(--d4)', 'var(--d5)']

export function useSourceColours(): Readonly<Record<string, string>> {
  const names = usePanel((state) =>
    (state.snapshot?.backends ?? []).map((backend) => backend.name).join('\n'),
  )
  return useMemo(() => sourceColours(names === '' ? [] : names.split('\n')), [names])
}

/** In configuration order, gateway and supervisor first. */
function sourceColours(backends: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ['gateway', 'var(--d6)'],
    ['supervisor', 'var(--d0)'],
    ...backends.map((name, index): [string, string] => [name, backendColour(index)]),
  ])
}

/** Share of the colour in its second and third use, mixed with ink for readable labels in both themes. */
const SHADES = [100, 62, 36]

function backendColour(index: number): string {
  const colour = BACKEND_COLOURS[index % BACKEND_COLOURS.length] ?? 'var(--d6)'
  const shade = SHADES[Math.floor(index / BACKEND_COLOURS.length) % SHADES.length] ?? 100
  return shade === 100 ? colour : `color-mix(in oklab, ${colour} ${shade}%, var(--ink))`
}
