import { Play } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useActions } from '../../state/actions_context.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import './first_run_view.css'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

export function FirstRun({ count }: { count: number }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const name = usePanel((state) => state.snapshot?.backends[0]?.name ?? '')
  const button = useRef<HTMLButtonElement>(null)
  const one = count === 1
  // The button takes the focus unless something else has it, so that Enter starts.
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus()
  }, [])
  return (
    <section className="first-run" aria-label={t('backends:first_start')}>
      <h2>{t('backends:first', { count })}</h2>
      <p>{t('backends:first_text', { count })}</p>
      <div className="row">
        <Button
          icon={Play}
          size="large"
          look="primary"
          ref={button}
          disabled={!isLive}
          onClick={() => void panel.startAll()}
        >
          {one ? t('words:start_name', { name }) : t('backends:start_all_count', { count })}
        </Button>
        <span className="small ink-2">
          <kbd>{t('backends:enter')}</kbd>
          {!one && t('backends:or_below')}
        </span>
      </div>
    </section>
  )
}

export function FirstSteps({ origin }: { origin: string }) {
  const name = usePanel((state) => state.snapshot?.backends[0]?.name ?? '')
  const snippet = `${origin}
{"type":"inference_request",
 "backend":"${name}",
 "request_id":"1","data":{"image":"…"}}`
  return (
    <ol className="first-steps">
      <li>
        <h3>
          <span className="tag">1</span>
          {t('backends:start')}
        </h3>
        <p>{t('backends:track_explained')}</p>
      </li>
      <li>
        <h3>
          <span className="tag">2</span>
          {t('backends:step_drop')}
        </h3>
        <p>{t('backends:drop_explained')}</p>
      </li>
      <li>
        <h3>
          <span className="tag">3</span>
          {t('backends:step_connect')}
        </h3>
        <p>{t('backends:connect_explained')}</p>
        <div className="well first-snippet">
          <pre>{snippet}</pre>
          <CopyButton text={() => snippet} label={t('backends:copy_example')} />
        </div>
      </li>
    </ol>
  )
}
