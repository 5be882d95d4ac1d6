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
      <h2>{isRefused ? 'No backend can be shown yet' : 'No backends are configured'}</h2>
      <p>
        {isRefused
          ? 'The configuration was refused, for the reason above. Once it is saved without the problem, its backends appear here.'
          : 'Write a section for each backend into this file. It is read again as soon as it is saved.'}
      </p>
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
