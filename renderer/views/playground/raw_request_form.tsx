/** A request as JSON; initially open if no descriptor names the accepted files. */
import { Play } from 'lucide-react'
import { useState } from 'react'
import type { BackendView } from '../../../protocol/control.ts'
import { FILE_KINDS, takesFile } from '../../../protocol/file_kind.ts'
import type { Outcome } from '../../api/inference_client.ts'
import { isServing } from '../../format/backend_text.ts'
import { fieldText } from '../../format/message.ts'
import { ms, number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { useActions } from '../../state/actions_context.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { RAW_REQUEST_LENGTH_MAX, rawRequest } from '../../state/raw_request.ts'
import { plainResult } from './plain_result.ts'
import { PlainResultView } from './plain_result.tsx'
import { prettyJson } from './pretty_json.ts'
import { Button } from '../../components/button.tsx'

type Shown = { fault: string } | { outcome: Outcome | null }

export function RawRequestForm() {
  const { sender } = useActions()
  const ready = usePanel(backendsOf).filter(isServing)
  const [text, setText] = useState('{\n  "data": {}\n}')
  const [chosen, setChosen] = useState('')
  const [shown, setShown] = useState<Shown | null>(null)
  const [isOpen, setIsOpen] = useState<boolean | null>(null)
  const jsonOnly = ready.filter(needsJson)
  const view = ready.find(({ backend }) => backend === chosen) ?? jsonOnly[0] ?? ready[0]
  const backend = view?.backend
  const isBusy = shown !== null && 'outcome' in shown && shown.outcome === null
  const send = async () => {
    if (backend === undefined || isBusy) return
    const request = rawRequest(text, crypto.randomUUID())
    if ('fault' in request) {
      setShown({ fault: faultText(request) })
      return
    }
    setShown({ outcome: null })
    setShown({ outcome: await sender.send(backend, request.requestId, request.sent) })
  }
  return (
    <details
      className="section raw-request"
      open={isOpen ?? (ready.length > 0 && jsonOnly.length === ready.length)}
      onToggle={({ currentTarget: { open } }) => setIsOpen(open)}
    >
      <summary>{t('test:raw.title')}</summary>
      <textarea
        className="field"
        aria-label={t('test:raw.request')}
        rows={6}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row">
        <select
          className="field"
          aria-label={t('test:compare.row.backend')}
          value={backend ?? ''}
          onChange={(event) => setChosen(event.target.value)}
        >
          {[...new Set(ready.map((one) => one.backend))].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Button
          icon={Play}
          disabled={backend === undefined || isBusy}
          title={backend === undefined ? t('test:now.no_ready') : undefined}
          onClick={() => void send()}
        >
          {t('test:raw.send')}
        </Button>
      </div>
      {shown !== null && <Reply shown={shown} />}
    </details>
  )
}

/** Without a descriptor, or without a single file as input. */
const needsJson = ({ descriptor }: BackendView) =>
  descriptor === null || !FILE_KINDS.some((kind) => takesFile(descriptor, kind))

function Reply({ shown }: { shown: Shown }) {
  if ('fault' in shown) return <p className="small ink-2">{shown.fault}</p>
  const { outcome } = shown
  if (outcome === null) {
    return <p className="small ink-3">{t('test:view.waiting')}</p>
  }
  if (outcome.phase === 'broken')
    return <p className="small ink-2">{fieldText(outcome, 'message')}</p>
  const plain = outcome.phase === 'answered' ? plainResult(outcome.reply?.data) : null
  const title = t('test:say.received', { took: ms(outcome.roundTripMs) })
  return (
    <>
      <p className="caption ink-3">{title}</p>
      {plain !== null && plain.prediction !== null && <PlainResultView result={plain} />}
      <pre className="well" tabIndex={0} aria-label={title}>
        {prettyJson(outcome.receivedText)}
      </pre>
    </>
  )
}

function faultText({ fault, detail }: { fault: string; detail: string }): string {
  switch (fault) {
    case 'too_long':
      return t('test:raw.too_long', { max: number(RAW_REQUEST_LENGTH_MAX) })
    case 'not_json':
      return t('test:raw.not_json', { reason: detail })
    default:
      return t('test:raw.not_object')
  }
}
