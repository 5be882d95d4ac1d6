/** The model files that the backend has loaded, as it reports them. */
import type { ModelFile } from '../../../protocol/backend.ts'
import { fileSize } from '../../format/number.ts'

const HASH_SHOWN = 12

export function ModelList({ models }: { models: readonly ModelFile[] }) {
  if (models.length === 0) return null
  return (
    <section className="cell" aria-label="Models loaded">
      <div className="cell-head">
        <h3 className="h2">Models loaded</h3>
        <span className="small ink-3">{models.length}</span>
      </div>
      {models.map((model) => (
        <div className="model" key={model.sha256 + model.name}>
          <h4>{model.name}</h4>
          <dl className="facts">
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
