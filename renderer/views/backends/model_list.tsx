/** The model files that the backend has loaded and where their nodes run, as it reports them. */
import type { ModelPlacement } from '../../../protocol/backend.ts'
import type { BackendView } from '../../../protocol/control.ts'
import { fileSize } from '../../format/number.ts'

const HASH_SHOWN = 12

type ModelListProps = Pick<BackendView, 'models' | 'placements' | 'sessions'>

export function ModelList({ models, placements, sessions }: ModelListProps) {
  if (models.length === 0) return null
  return (
    <section className="cell" aria-label="Models loaded">
      <div className="cell-head">
        <h3 className="h2">Models loaded</h3>
        <span className="small ink-3">
          {models.length}
          {sessions !== null && sessions > 1 && `, ${sessions} times side by side`}
        </span>
      </div>
      {models.map((model) => (
        <div className="model" key={model.sha256 + model.name}>
          <h4>{model.name}</h4>
          <dl className="facts">
            <Placements of={placements.filter((one) => one.model === model.name)} />
            <dt>Size</dt>
            <dd>{fileSize(model.bytes)}</dd>
            <dt>SHA-256</dt>
            <dd className="mono" title={model.sha256}>
              {model.sha256.slice(0, HASH_SHOWN)}…
            </dd>
            <dt>Licence</dt>
            <dd>{model.licence}</dd>
            <dt>Origin</dt>
            <dd>{model.origin}</dd>
          </dl>
        </div>
      ))}
    </section>
  )
}

/** What was asked for, what was granted and where the nodes are; one line a device. Nothing when the backend does not say. */
function Placements({ of: placements }: { of: readonly ModelPlacement[] }) {
  return placements.map(({ requested, granted, device_id: device, summary, on_cpu: onCpu }) => (
    <div className="placement" key={`${granted} ${device ?? ''}`}>
      <dt>{device === undefined ? 'Nodes' : `Nodes, GPU ${device}`}</dt>
      <dd title={onCpu.length > 0 ? `On the CPU: ${onCpu.join(', ')}` : undefined}>
        {summary}
        {requested[0] !== granted && (
          <span className="small ink-3"> (asked for: {requested.join(', ')})</span>
        )}
      </dd>
    </div>
  ))
}
