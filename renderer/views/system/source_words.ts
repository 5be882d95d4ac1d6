/** What the sources of GPU figures are called. */
import type { GpuSourceName } from '../../../protocol/gpu.ts'

export const SOURCE_WORDS: Record<GpuSourceName, string> = {
  nvidia_smi: 'nvidia-smi',
  drm_sysfs: 'DRM, /sys/class/drm',
  drm_fdinfo: 'DRM, /proc/*/fdinfo',
  windows_counters: 'Windows counters',
  macos_profiler: 'macOS system profiler',
}
