/** The selected backend: the user's choice, or the first. */
import type { BackendView } from '../../protocol/control.ts'

export function selectedOf(
  backends: readonly BackendView[],
  name: string | null,
): BackendView | undefined {
  return backends.find((backend) => backend.name === name) ?? backends[0]
}

export function neighbourOf(
  backends: readonly BackendView[],
  name: string | null,
  step: number,
): string | null {
  const index = backends.findIndex((backend) => backend === selectedOf(backends, name))
  const next = Math.max(0, Math.min(backends.length - 1, index + step))
  return backends[next]?.name ?? null
}
