/** Which backend is selected: the chosen one, or the first while nobody chose or the chosen one is gone. Pure. */
import type { BackendView } from '../../protocol/control.ts'

export function selectedOf(
  backends: readonly BackendView[],
  name: string | null,
): BackendView | undefined {
  return backends.find((backend) => backend.name === name) ?? backends[0]
}

/** The name `step` rows away; it stops at both ends. */
export function neighbourOf(
  backends: readonly BackendView[],
  name: string | null,
  step: number,
): string | null {
  const index = backends.findIndex((backend) => backend === selectedOf(backends, name))
  const next = Math.max(0, Math.min(backends.length - 1, index + step))
  return backends[next]?.name ?? null
}
