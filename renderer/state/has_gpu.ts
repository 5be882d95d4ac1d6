/** Whether this machine has a GPU. Without one there are no columns and no sentences about GPU memory. */
import { backendsOf, usePanel, type PanelState } from './panel_store.ts'

export const useHasGpu = (): boolean => usePanel(hasGpu)

/** True as well while a backend reports GPU memory that the machine itself does not show. */
export function hasGpu(state: PanelState): boolean {
  const devices = state.snapshot?.gpus?.devices ?? []
  return devices.length > 0 || backendsOf(state).some(({ gpu_bytes: bytes }) => bytes !== null)
}
