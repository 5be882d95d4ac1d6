import { Check, TriangleAlert } from 'lucide-react'
import type { ModelFile, ModelPlacement } from '../../../../protocol/backend.ts'
import type { ModelInspection, OnnxHeader } from '../../../../protocol/models.ts'
import { fieldText, messageText } from '../../../format/message.ts'
import { fileSize, number, percent } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { useToday } from '../../../state/panel_store.ts'
import { CopyButton } from '../../../components/copy_button.tsx'

const OPERATORS_SHOWN = 8

interface ModelCardProps {
  model: ModelFile
  inspection: ModelInspection
  placements: readonly ModelPlacement[]
}

export function ModelCard({ model, inspection, placements }: ModelCardProps) {
  const { header, problem } = inspection
  return (
    <>
      <h3 className="h2">{model.name}</h3>
      <Facts model={model} inspection={inspection} />
      {problem !== null && <p className="small ink-2">{messageText(problem)}</p>}
      {header !== null && (
        <>
          <Ports header={header} />
          <Placements placements={placements} />
          <Operators header={header} />
          <Metadata header={header} />
        </>
      )}
    </>
  )
}

function Facts({ model, inspection }: Omit<ModelCardProps, 'placements'>) {
  const today = useToday()
  const { path, bytes, modified_at: modifiedAt, header } = inspection
  return (
    <>
      <dl className="facts">
        {path !== null && (
          <>
            <dt>{t('words:file')}</dt>
            <dd className="row model-path">
              <span className="mono ellipsis" title={path}>
                <bdi>{path}</bdi>
              </span>
              <CopyButton text={() => path} label={t('model:copy_path')} />
            </dd>
          </>
        )}
        <dt>{t(header === null ? 'model:size' : 'model:size_opset')}</dt>
        <dd className="num">{sizeText(bytes ?? model.bytes, header)}</dd>
        <HashRow inspection={inspection} />
        {modifiedAt !== null && (
          <>
            <dt>{t('model:changed')}</dt>
            <dd className="num">{clockSeconds(modifiedAt, today)}</dd>
          </>
        )}
        {header !== null && header.producer !== '' && (
          <>
            <dt>{t('model:producer')}</dt>
            <dd>{header.producer}</dd>
          </>
        )}
        {header !== null && bytes !== null && (
          <>
            <dt>{t('model:weights')}</dt>
            <dd className="num">
              {fileSize(header.weight_bytes)},{' '}
              {t('model:weights_of', { bytes: percent(header.weight_bytes / bytes) })}
            </dd>
          </>
        )}
        <dt>{t('model:licence')}</dt>
        <dd>{model.licence}</dd>
        <dt>{t('model:origin')}</dt>
        <dd lang="en">{model.origin}</dd>
      </dl>
      {isReplaced(inspection) && (
        <p className="small warn">
          {t('model:differs_text', { loaded: shortHash(inspection.loaded_sha256) })}
        </p>
      )}
    </>
  )
}

function HashRow({ inspection }: { inspection: ModelInspection }) {
  const { sha256, loaded_sha256: loaded } = inspection
  return (
    <>
      <dt>{t('model:hash')}</dt>
      <dd className="row model-hash">
        <span className="mono" title={sha256 ?? loaded}>
          {shortHash(sha256 ?? loaded)}
        </span>
        {sha256 !== null &&
          (sha256 === loaded ? (
            <span className="tag tag-ok">
              <Check size={11} strokeWidth={2} aria-hidden />
              {t('model:matches')}
            </span>
          ) : (
            <span className="tag tag-warn">
              <TriangleAlert size={11} strokeWidth={2} aria-hidden />
              {t('model:differs')}
            </span>
          ))}
      </dd>
    </>
  )
}

function Ports({ header }: { header: OnnxHeader }) {
  const rows = [
    ...header.inputs.map((port) => ({ port, way: t('model:in') })),
    ...header.outputs.map((port) => ({ port, way: t('model:out') })),
  ]
  return (
    <>
      <h4 className="model-head">{t('model:ports')}</h4>
      <table className="model-table">
        <thead>
          <tr>
            <th scope="col">{t('model:name')}</th>
            <th scope="col">{t('model:type')}</th>
            <th scope="col">{t('model:shape')}</th>
            <th scope="col">
              <span className="sr-only">{`${t('model:in')} / ${t('model:out')}`}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ port, way }) => (
            <tr key={`${way} ${port.name}`}>
              <th scope="row" className="mono">
                {port.name}
              </th>
              <td>{port.type ?? t('model:no_tensor')}</td>
              <td className="mono">
                {port.shape.map((size) => size ?? t('model:open_axis')).join(' × ')}
              </td>
              <td className="ink-3">{way}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** Requested and granted providers and the placement of nodes; nothing if the backend does not report them. */
function Placements({ placements }: { placements: readonly ModelPlacement[] }) {
  if (placements.length === 0) return null
  return (
    <>
      <h4 className="model-head">{t('model:placement')}</h4>
      {placements.map((placement) => {
        const { requested, granted, device_id: device, nodes, on_cpu: onCpu } = placement
        return (
          <div key={`${granted} ${device ?? ''}`}>
            {nodes === null ? (
              <p className="small">
                <b>{granted}</b> <span className="ink-3">{fieldText(placement, 'summary')}</span>
              </p>
            ) : (
              <NodeCounts nodes={nodes} />
            )}
            {(requested[0] !== granted || device !== undefined || onCpu.length > 0) && (
              <p className="caption ink-3">
                {[
                  requested[0] === granted
                    ? null
                    : t('model:asked_for', { providers: requested.join(', ') }),
                  device === undefined ? null : t('model:on_gpu', { device }),
                  onCpu.length === 0 ? null : t('model:on_cpu', { nodes: onCpu.join(', ') }),
                ]
                  .filter((part) => part !== null)
                  .join(' · ')}
              </p>
            )}
          </div>
        )
      })}
    </>
  )
}

function NodeCounts({ nodes }: { nodes: Readonly<Record<string, number>> }) {
  const total = Object.values(nodes).reduce((sum, count) => sum + count, 0)
  return (
    <table className="model-table">
      <tbody>
        {Object.entries(nodes).map(([provider, count]) => (
          <tr key={provider}>
            <th scope="row">{provider}</th>
            <td className="num">{number(count)}</td>
            <td className="num">{percent(count / total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Operators({ header }: { header: OnnxHeader }) {
  const shown = header.operators.slice(0, OPERATORS_SHOWN)
  const rest = header.operators.slice(OPERATORS_SHOWN)
  const restNodes = rest.reduce((sum, { nodes }) => sum + nodes, 0)
  return (
    <>
      <h4 className="model-head">
        {t('model:operators')}{' '}
        <span className="caption ink-3">{t('model:nodes', { nodes: number(header.nodes) })}</span>
      </h4>
      <p className="small ink-2">
        {shown.map(({ operator, nodes }) => `${operator} ${number(nodes)}`).join(', ')}
        {restNodes > 0 && `, … ${number(restNodes)}`}
      </p>
    </>
  )
}

function Metadata({ header: { metadata } }: { header: OnnxHeader }) {
  const entries = Object.entries(metadata)
  if (entries.length === 0) return null
  return (
    <>
      <h4 className="model-head">{t('model:metadata')}</h4>
      <dl className="facts" lang="en">
        {entries.map(([key, value]) => (
          <div key={key} className="model-entry">
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

function sizeText(bytes: number, header: OnnxHeader | null): string {
  const size = fileSize(bytes)
  const opset = header?.opsets.find(({ domain }) => domain === 'ai.onnx')?.version
  if (header === null || opset === undefined) return size
  return t('model:opset', { size, opset, ir: header.ir_version })
}

const isReplaced = ({ sha256, loaded_sha256: loaded }: ModelInspection) =>
  sha256 !== null && sha256 !== loaded

const shortHash = (sha256: string) =>
  `${sha256.slice(0, 4)} ${sha256.slice(4, 8)} … ${sha256.slice(-4)}`
