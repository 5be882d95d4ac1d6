/** The request of the run as a program, to be copied. */
import { useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { t } from '../../../i18n/i18n.ts'
import { eegKeys } from '../../../state/eeg_input.ts'
import type { Run } from '../../../state/runs.ts'
import { useUi } from '../../../state/ui_store.ts'
import { CopyButton } from '../../../components/copy_button.tsx'
import { PROGRAM_FORMS, programText, type ProgramForm } from './program_text.ts'

export function CodeView({ run }: { run: Run }) {
  const [form, setForm] = useState<ProgramForm>('javascript')
  const [chosen, setBackend] = useState(run.exchanges[0]?.backend ?? '')
  const eegInput = useUi(
    useShallow(({ eegRateHz, eegUnit, eegChannelNames }) => ({
      eegRateHz,
      eegUnit,
      eegChannelNames,
    })),
  )
  const backends = run.exchanges.map(({ backend }) => backend)
  const backend = backends.includes(chosen) ? chosen : (backends[0] ?? '')
  const text = programText(form, {
    url: gatewayUrl(backend),
    file: run.input.name,
    kind: run.input.kind,
    eegKeys: run.input.kind === 'eeg' ? eegKeys(eegInput) : {},
  })
  return (
    <>
      <div className="json-bar">
        {PROGRAM_FORMS.map((one) => (
          <button
            key={one}
            type="button"
            className="chip"
            aria-pressed={one === form}
            onClick={() => setForm(one)}
          >
            {t(`test:code.form.${one}`)}
          </button>
        ))}
        <span className="grow" />
        <CopyButton text={() => text} label={t('test:view.copy')} isLabelled />
      </div>
      {backends.length > 1 && (
        <div className="json-bar">
          {backends.map((one) => (
            <button
              key={one}
              type="button"
              className="chip"
              aria-pressed={one === backend}
              onClick={() => setBackend(one)}
            >
              {one}
            </button>
          ))}
        </div>
      )}
      <div className="json-part">
        <p className="small ink-2">{t('test:code.note', { file: run.input.name })}</p>
        <pre className="well" tabIndex={0} aria-label={t(`test:code.form.${form}`)} lang="en">
          {text}
        </pre>
      </div>
    </>
  )
}

/** The way that the panel itself takes; it is the same for a backend that runs elsewhere. */
function gatewayUrl(backend: string): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/backends/${encodeURIComponent(backend)}`
}
