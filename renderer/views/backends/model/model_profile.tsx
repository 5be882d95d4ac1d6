import { useMutation } from '@tanstack/react-query'
import { Timer } from 'lucide-react'
import type { ModelProfile } from '../../../../protocol/models.ts'
import { ms, number, percent } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import { errorText } from '../../../format/message.ts'
import { Button } from '../../../components/button.tsx'

const RUNS = 20
const NODES_SHOWN = 12

export function ModelProfilePart({ backend, model }: { backend: string; model: string }) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: () => call('models.profile', { name: backend, model, runs: RUNS }),
  })
  return (
    <>
      <h4 className="model-head">{t('model:profile')}</h4>
      {data ? (
        <NodeTimes profile={data} />
      ) : (
        <p className="small ink-2">{t('model:profile_intro', { runs: RUNS })}</p>
      )}
      {error && (
        <p className="small stop" role="alert">
          {errorText(error)}
        </p>
      )}
      <Button
        icon={Timer}
        className="model-button"
        disabled={!isLive || isPending}
        onClick={() => mutate()}
      >
        {isPending ? t('model:profiling') : t('model:profile_run', { runs: RUNS })}
      </Button>
    </>
  )
}

function NodeTimes({ profile: { nodes, runs, total_us: total } }: { profile: ModelProfile }) {
  const shown = nodes.slice(0, NODES_SHOWN)
  const rest = nodes.slice(NODES_SHOWN)
  const restUs = rest.reduce((sum, node) => sum + node.mean_us, 0)
  return (
    <>
      <p className="small ink-2" role="status">
        {t('model:profile_done', {
          total: ms(total / 1000),
          runs,
          nodes: number(nodes.length),
        })}
      </p>
      <table className="model-table model-times">
        <thead>
          <tr>
            <th scope="col">{t('model:node')}</th>
            <th scope="col" className="num">
              {t('model:time')}
            </th>
            <th scope="col" className="num">
              {t('words:share')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, operator, provider, mean_us: us }, index) => (
            <tr key={index}>
              <th scope="row" title={`${operator}, ${provider}`}>
                <i className="model-bar" style={{ width: `${(us / total) * 100}%` }} />
                <span className="ellipsis">
                  {operator} <span className="mono ink-3">{name}</span>
                </span>
              </th>
              <td className="num">{micros(us)}</td>
              <td className="num">{percent(us / total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rest.length > 0 && (
        <p className="caption ink-3">
          {t('model:rest', { nodes: number(rest.length), time: micros(restUs) })}
        </p>
      )}
    </>
  )
}

const micros = (us: number) => (us >= 1000 ? ms(us / 1000) : `${number(us, us < 100 ? 1 : 0)} µs`)
