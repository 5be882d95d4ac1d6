import { t } from '../../i18n/i18n.ts'
import type { Run } from '../../state/runs.ts'
import { prettyJson } from '../playground/pretty_json.ts'
import '../playground/result_column.css'
import { ResultSection } from '../playground/result_section.tsx'
import { InputStage } from '../playground/stage.tsx'
import '../playground/playground_view.css'

/** `prettyJson` cuts long lists; this limits the rest. */
const TEXT_SHOWN = 4000

export function TrialRunAnswer({ run, text }: { run: Run; text: string }) {
  const { input, exchanges } = run
  return (
    <>
      <div className="wizard-answer">
        <div className="wizard-stage">
          <InputStage input={input} run={run} />
        </div>
        <div className="wizard-result">
          {exchanges.map((exchange) => (
            <ResultSection key={exchange.requestId} exchange={exchange} run={run} />
          ))}
        </div>
      </div>
      <details className="wizard-json">
        <summary className="small">{t('wizard:message')}</summary>
        <pre className="well wizard-output" tabIndex={0} aria-label={t('wizard:message')} lang="en">
          {prettyJson(text).slice(0, TEXT_SHOWN)}
        </pre>
      </details>
    </>
  )
}
