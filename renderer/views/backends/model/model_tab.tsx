import { useMutation } from '@tanstack/react-query'
import { RotateCw, TriangleAlert } from 'lucide-react'
import type { BackendView } from '../../../../protocol/control.ts'
import { warningMessage } from '../../../format/warning_message.ts'
import { t } from '../../../i18n/i18n.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isConnected, noteDone, noteFailure, usePanel } from '../../../state/panel_store.ts'
import { useReply, useWaitingText } from '../../../hooks/use_reply.ts'
import { errorText } from '../../../format/message.ts'
import './model.css'
import { ModelCard } from './model_card.tsx'
import { ModelProfilePart } from './model_profile.tsx'
import { Button } from '../../../components/button.tsx'

export function ModelTab({ backend }: { backend: BackendView }) {
  if (backend.models.length === 0) return <p className="pane-note">{whyNone(backend)}</p>
  return <Models backend={backend} />
}

function Models({ backend }: { backend: BackendView }) {
  // A new file hash requires a new request.
  const loaded = backend.models.map(({ sha256 }) => sha256).join()
  const { value, problem, ask } = useReply(
    'models.inspect',
    { name: backend.name },
    { after: loaded },
  )
  const waiting = useWaitingText(t('model:reading'))
  return (
    <>
      {backend.sessions !== null && backend.sessions > 1 && (
        <p className="pane-note">{t('model:copies', { count: backend.sessions })}</p>
      )}
      <ModelWarnings warnings={backend.warnings} />
      {problem !== null && (
        <p className="pane-note stop" role="alert">
          {t('model:failed', { reason: problem })}
        </p>
      )}
      {value === null && problem === null && (
        <p className="pane-note" role="status">
          {waiting}
        </p>
      )}
      {value?.models.map((inspection) => {
        const model = backend.models.find(({ name }) => name === inspection.name)
        if (model === undefined) return null
        const placements = backend.placements.filter((one) => one.model === model.name)
        return (
          <section key={model.name} className="cell" aria-label={model.name}>
            <ModelCard model={model} inspection={inspection} placements={placements} />
            {inspection.header !== null && (
              <ModelProfilePart backend={backend.name} model={model.name} />
            )}
          </section>
        )
      })}
      {isOurs(backend) && <Reload name={backend.name} onDone={ask} />}
    </>
  )
}

/** They apply to every reply. */
function ModelWarnings({ warnings }: Pick<BackendView, 'warnings'>) {
  if (warnings.length === 0) return null
  return (
    <ul className="pane-note model-warnings" aria-label={t('model:warnings')}>
      {warnings.map((warning) => (
        <li key={warning.code} className="row warn" title={warning.code}>
          <TriangleAlert size={14} strokeWidth={1.5} aria-hidden />
          <span className="grow">{warningMessage(warning)}</span>
        </li>
      ))}
    </ul>
  )
}

function Reload({ name, onDone }: { name: string; onDone: () => void }) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const { mutate, isPending } = useMutation({
    mutationFn: () => call('models.reload', { name }),
    onSuccess: () => noteDone(t('model:reloaded', { name })),
    onError: (error) => noteFailure(t('model:not_reloaded', { name }), errorText(error)),
    onSettled: onDone,
  })
  return (
    <section className="cell" aria-label={t('model:reload')}>
      <h3 className="h2">{t('model:reload')}</h3>
      <p className="small ink-2">{t('model:reload_text')}</p>
      <Button
        icon={RotateCw}
        className="model-button"
        disabled={!isLive || isPending}
        onClick={() => mutate()}
      >
        {t(isPending ? 'model:reloading' : 'model:reload_run')}
      </Button>
    </section>
  )
}

/** Built-in backends reload a model while serving; external ones may not. */
function isOurs({ runtime, is_ready: isReady }: BackendView): boolean {
  return isReady && (runtime === 'builtin' || runtime === 'onnx')
}

function whyNone({ name, is_live: isLive, is_ready: isReady }: BackendView): string {
  if (isReady) return t('model:none_said', { name })
  return t(isLive ? 'model:loading' : 'model:off', { name })
}
