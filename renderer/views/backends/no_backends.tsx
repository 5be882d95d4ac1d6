/** No backend is configured: what to write where. */
import type { ConfigView } from '../../../protocol/control.ts'
import { t } from '../../i18n/i18n.ts'
import { useUi } from '../../state/ui_store.ts'
import './first_run_view.css'

const SECTION = `model_backends:
  emotion:
    host: localhost
    port: 8768
    enabled: true`

export function NoBackends({ config }: { config: ConfigView }) {
  const isRefused = config.problems.length > 0
  return (
    <section className="first-run" aria-label={t('backends:no_backends')}>
      <h2>{t(isRefused ? 'backends:none_refused' : 'backends:none_configured')}</h2>
      <p>{isRefused ? t('backends:refused_text') : t('backends:none_text')}</p>
      <p className="mono">{config.file}</p>
      {!isRefused && (
        <button
          type="button"
          className="btn btn-primary"
          onClick={() => useUi.setState({ wizardOpen: true })}
        >
          {t('wizard:open')}
        </button>
      )}
      {!isRefused && <pre className="well first-run-example">{SECTION}</pre>}
    </section>
  )
}
