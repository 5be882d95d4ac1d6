import { useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { t } from '../../../i18n/i18n.ts'
import { fileKeyOf } from '../../../../protocol/file_kind.ts'
import { FILE_INPUTS } from '../../../state/file_input.ts'
import { backendsOf, usePanel } from '../../../state/panel_store.ts'
import type { Run } from '../../../state/runs.ts'
import { useUi } from '../../../state/ui_store.ts'
import { CopyButton } from '../../../components/copy_button.tsx'
import { PROGRAM_FORMS, programText, type ProgramForm } from './program_text.ts'
import { Chip } from '../../../components/button.tsx'

export function CodeView({ run }: { run: Run }) {
  const [form, setForm] = useState<ProgramForm>('javascript')
  const [chosen, setBackend] = useState(run.exchanges[0]?.backend ?? '')
  const { kind, name: file } = run.input
  const others = useUi(useShallow(FILE_INPUTS[kind].keysOf))
  const backends = run.exchanges.map(({ backend }) => backend)
  const backend = backends.includes(chosen) ? chosen : (backends[0] ?? '')
  const key = usePanel((state) => {
    const view = backendsOf(state).find(({ name }) => name === backend)
    return fileKeyOf(view?.descriptor ?? null, kind)
  })
  const text = programText(form, {
    url: gatewayUrl(backend),
    file,
    key,
    others,
  })
  return (
    <>
      <div className="json-bar">
        {PROGRAM_FORMS.map((one) => (
          <Chip key={one} isPressed={one === form} onClick={() => setForm(one)}>
            {t(`test:code.form.${one}`)}
          </Chip>
        ))}
        <span className="grow" />
        <CopyButton text={() => text} label={t('test:view.copy')} isLabelled />
      </div>
      {backends.length > 1 && (
        <div className="json-bar">
          {backends.map((one) => (
            <Chip key={one} isPressed={one === backend} onClick={() => setBackend(one)}>
              {one}
            </Chip>
          ))}
        </div>
      )}
      <div className="json-part">
        <p className="small ink-2">{t('test:code.note', { file })}</p>
        <pre className="well" tabIndex={0} aria-label={t(`test:code.form.${form}`)} lang="en">
          {text}
        </pre>
      </div>
    </>
  )
}

function gatewayUrl(backend: string): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/backends/${encodeURIComponent(backend)}`
}
