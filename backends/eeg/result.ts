/** Result of an analysis, with wire keys. */
import type { Band, BandName } from './dsp_spectrum.ts'
import type { BandPowers, LoadState } from './engagement.ts'
import type { EyeEvaluation, EyeModelFile } from './eye_model.ts'
import type { ChannelFeatures, SpectrumScale } from './features.ts'
import type { ChannelQuality } from './quality.ts'
import type { EegWarning, SignalOrigin } from './signal.ts'
import type { Traces } from './traces.ts'
import type { ArtefactReason } from './windows.ts'

export interface EegResult {
  /** Smoothed score of the last good window, 0 to 100; null without one. */
  brain_load_score: number | null
  state: LoadState | null
  /** Good windows only; `window_index` counts all, so gaps are visible. */
  window_results: WindowResult[]
  num_windows: number
  message?: string
  index: IndexDescription
  windows_total: number
  artefact_windows: ArtefactWindow[]
  recording: RecordingDescription
  bands_hz: Record<BandName, Band>
  spectrum: SpectrumScale
  channels: ChannelResult[]
  /** Fp1-Fp2 if both exist. */
  derivations: (ChannelFeatures & { name: string })[]
  pairs: PairResult[]
  traces: Traces
  /** Null if the recording does not fit the model; see `eye_state_reason`. */
  eye_state: EyeStateResult | null
  eye_state_reason?: string
  /** The service moves them to the reply. Absent if empty. */
  warnings?: EegWarning[]
}

interface WindowSpan {
  window_index: number
  t_start_s: number
  t_end_s: number
}

export interface WindowResult extends WindowSpan {
  score_raw: number
  score_ema: number
  state: LoadState
  state_changed: boolean
  /** beta / (alpha + theta), before scaling to 0-100. */
  engagement: number
}

export interface ArtefactWindow extends WindowSpan {
  reasons: ArtefactReason[]
  channels: string[]
  channel_count: number
}

export interface IndexDescription {
  kind: 'index'
  name: string
  formula: string
  source: string
  validated: false
  midpoint: number
  channels: string[]
  mean_engagement: number | null
}

export interface RecordingDescription extends SignalOrigin {
  duration_s: number
  sampling_rate: number
  analysis_rate: number
  channels: string[]
  notes: string[]
}

export interface ChannelResult {
  name: string
  label: string
  quality: ChannelQuality
  features: ChannelFeatures | null
}

export interface PairResult {
  left: string
  right: string
  /** Magnitude-squared, mean per band; noise alone reads 1 / windows. */
  coherence: BandPowers
  windows: number
  /** ln(right) - ln(left) of alpha power; only for frontal pairs. */
  alpha_asymmetry?: number | null
}

export interface EyeStateResult {
  prediction: EyeState
  probability_closed: number
  windows: (WindowSpan & { probability_closed: number; state: EyeState; artefact: boolean })[]
  model: EyeModelBlock
}

export type EyeState = 'open' | 'closed'

export interface EyeModelBlock {
  kind: 'trained'
  name: string
  version: string
  sha256: string
  licence: string
  validated: false
  training: EyeModelFile['training']
  evaluation: Pick<EyeEvaluation, 'method' | 'pooled' | 'last_part' | 'shifted_labels'>
  limits: string
}
