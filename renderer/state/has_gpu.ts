/** Without a GPU, columns and texts about GPU memory are hidden. */
import { backendsOf, usePanel, type PanelState } from './panel_store.ts'

export const useHasGpu = (): boolean => usePanel(hasGpu)

/** Also true if a backend reports GPU memory that the machine does not show. */
export function hasGpu(state: PanelState): boolean {
  const devices = state.snapshot?.gpus?.devices ?? []
  return devices.length > 0 || backendsOf(state).some(({ gpu_bytes: bytes }) => bytes !== null)
}
