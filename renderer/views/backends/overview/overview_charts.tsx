/** Overview charts with a shared crosshair. Gaps stay gaps. */
import type { BackendView } from '../../../../protocol/control.ts'
import { STACKED_STAGES, type MetricsColumns } from '../../../charts/metrics_columns.ts'
import { useWindowSize } from '../../../hooks/window_size.ts'
import { gpuReason } from '../../../format/backend_text.ts'
import { msValue, number, perSecond } from '../../../format/number.ts'
import { useHasGpu } from '../../../state/has_gpu.ts'
import { chartScale } from '../../../state/pane_width.ts'
import { ChartBlock, type ChartFrame, type LabelledLine } from './chart_block.tsx'
import { t } from '../../../i18n/i18n.ts'

interface OverviewChartsProps {
  backend: Pick<BackendView, 'gpu_reason' | 'provider' | 'wording'>
  columns: MetricsColumns
  frame: ChartFrame
  /** Health checks are the only source for this backend. */
  isByPongAlone: boolean
}

export function OverviewCharts({ backend, columns, frame, isByPongAlone }: OverviewChartsProps) {
  const hasGpu = useHasGpu()
  const scale = chartScale(useWindowSize().height)
  const answered = { frame, empty: t('overview:nothing_answered') }
  const wide = { ...answered, height: Math.round(108 * scale), unit: ' ms', isWide: true }
  const size = { height: Math.round(72 * scale), gaps: 2, unit: '' }
  const half = { ...size, frame, empty: t('overview:not_measured') }
  const unknown = isByPongAlone ? t('overview:no_metrics') : null
  return (
    <>
      <ChartBlock
        {...{ ...wide, gaps: 4, lines: latencyLines(columns), format: msValue }}
        title={t('overview:latency')}
      />
      <div className="cell-pair">
        <ChartBlock
          {...half}
          title={t('overview:requests')}
          unit="/s"
          lines={[{ token: '--accent', isFilled: true, width: 1.5, values: columns.perS }]}
          format={(value) => `${perSecond(value)}/s`}
        />
        <ChartBlock
          {...{ ...half, stepMin: 1, lines: loadLines(columns) }}
          title={t('words:load')}
          format={(value) => number(value)}
        />
      </div>
      <ChartBlock
        {...{ ...wide, gaps: 3, lines: stageLines(columns), format: msValue, unknown }}
        title={t('overview:stage_means')}
      />
      <div className="cell-pair">
        <ChartBlock
          {...half}
          title={t('words:ram')}
          lines={[{ token: '--ink', isFilled: true, values: columns.rssMib }]}
          format={(value) => `${number(value)} MiB`}
        />
        {hasGpu && (
          <ChartBlock
            {...half}
            title={t('overview:gpu_memory')}
            lines={[{ token: '--accent', isFilled: true, values: columns.gpuMib }]}
            format={(value) => `${number(value)} MiB`}
            unknown={gpuReason(backend)}
          />
        )}
        <ChartBlock
          {...half}
          title={t('overview:health_check')}
          unit=" ms"
          lines={[{ token: '--ink', values: columns.pongMs }]}
          format={(value) => `${msValue(value)} ms`}
        />
        <ChartBlock
          {...{ ...size, ...answered, stepMin: 1, unknown }}
          title={t('overview:batch_size_mean')}
          lines={[{ token: '--ink', width: 1.5, values: columns.batch }]}
          format={(value) => number(value, 1)}
        />
      </div>
    </>
  )
}

function latencyLines({ p50, p95, p99 }: MetricsColumns): LabelledLine[] {
  return [
    { label: 'p99', token: '--ink-3', isDashed: true, values: p99 },
    { label: 'p95', token: '--ink', values: p95 },
    { label: 'p50', token: '--accent', width: 1.75, isFilled: true, values: p50 },
  ]
}

function loadLines({ inFlight, queued }: MetricsColumns): LabelledLine[] {
  return [
    { label: t('overview:queued'), token: '--ink', values: queued },
    { label: t('overview:in_flight'), token: '--accent', width: 1.5, values: inFlight },
  ]
}

const STAGE_TOKENS = {
  queue: '--d0',
  preprocess: '--d2',
  inference: '--accent',
  postprocess: '--d3',
} as const

/** The top of the stack is drawn first; each layer below covers its part. */
function stageLines({ stages, stacked }: MetricsColumns): LabelledLine[] {
  return STACKED_STAGES.toReversed().map((stage) => ({
    label: t(`overview:stage.${stage}`),
    token: STAGE_TOKENS[stage],
    isLayer: true,
    values: stacked[stage],
    told: stages[stage],
  }))
}
