import type { ConfigView } from '../../../protocol/control.ts'
import { t } from '../../i18n/i18n.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { showDialog } from '../../state/ui_store.ts'
import { SOURCES, type Source } from '../wizard/draft.ts'
import { SourceLabel } from '../wizard/source_label.tsx'
import '../wizard/wizard.css'
import { changeDraft } from '../wizard/wizard_store.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import './first_run_view.css'

const SECTION = `model_backends:
  emotion:
    host: localhost
    port: 8768
    enabled: true
`

export function NoBackends({ config }: { config: ConfigView }) {
  const isRefused = config.problems.length > 0
  return (
    <section className="first-run no-backends" aria-label={t('backends:no_backends')}>
      <h2>{t(isRefused ? 'backends:none_refused' : 'backends:none_configured')}</h2>
      <p>{isRefused ? t('backends:refused_text') : t('backends:none_text')}</p>
      {isRefused ? (
        <p className="mono">{config.file}</p>
      ) : (
        <>
          <Sources />
          <details>
            <summary>{t('backends:write_config')}</summary>
            <p className="small ink-2">
              {t('backends:write_text')} <span className="mono">{config.file}</span>
            </p>
            <div className="well first-snippet">
              <pre>{SECTION}</pre>
              <CopyButton text={() => SECTION} label={t('backends:copy_example')} />
            </div>
          </details>
        </>
      )}
    </section>
  )
}

function Sources() {
  const isLive = usePanel(isConnected)
  const add = (source: Source) => {
    changeDraft({ source })
    showDialog('wizard')
  }
  return (
    <div className="wizard-sources">
      {SOURCES.map((source) => (
        <button
          key={source}
          type="button"
          className="wizard-source"
          disabled={!isLive}
          onClick={() => add(source)}
        >
          <SourceLabel source={source} />
        </button>
      ))}
    </div>
  )
}
