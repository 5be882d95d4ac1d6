import { Copy } from 'lucide-react'
import { useState } from 'react'
import { exactText, shortenedText } from '../../api/sent_message.ts'
import { fieldText } from '../../format/message.ts'
import { ms, number } from '../../format/number.ts'
import { clockMs } from '../../format/time.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import { prettyJson } from './pretty_json.ts'
import { t } from '../../i18n/i18n.ts'
import { Button, Chip } from '../../components/button.tsx'

export function JsonView({ run }: { run: Run }) {
  const [backend, setBackend] = useState(run.exchanges[0]?.backend)
  const exchange = run.exchanges.find((one) => one.backend === backend)
  if (!exchange) return null
  return (
    <>
      {run.exchanges.length > 1 && (
        <div className="json-bar">
          {run.exchanges.map((one) => (
            <Chip
              key={one.backend}
              isPressed={one.backend === backend}
              onClick={() => setBackend(one.backend)}
            >
              {one.backend}
            </Chip>
          ))}
        </div>
      )}
      <Message
        title={t('test:say.sent', { time: clockMs(exchange.sentAtMs) })}
        text={shortenedText(exchange.sent)}
        copy={() => exactText(exchange.sent)}
      />
      <Received exchange={exchange} />
    </>
  )
}

function Received({ exchange: { outcome, shrunk } }: { exchange: Exchange }) {
  switch (outcome.phase) {
    case 'busy':
      return <p className="json-part ink-3">{t('test:view.waiting')}</p>
    case 'broken':
      return (
        <p className="json-part ink-2">
          {t('test:say.nothing_received', { reason: fieldText(outcome, 'message') })}
        </p>
      )
    case 'answered':
    case 'refused':
      return (
        <Message
          title={t('test:say.received', { took: ms(outcome.roundTripMs) })}
          note={
            shrunk &&
            t('test:say.sent_pixels', {
              width: number(shrunk.sent.width),
              height: number(shrunk.sent.height),
            })
          }
          text={outcome.receivedText}
          copy={() => Promise.resolve(outcome.receivedText)}
        />
      )
  }
}

interface MessageProps {
  title: string
  note?: string | undefined
  text: string
  copy: () => Promise<string>
}

function Message({ title, note, text, copy }: MessageProps) {
  return (
    <div className="json-part">
      <div className="row">
        <h3 className="caption ink-3">{title}</h3>
        <span className="grow" />
        <Button
          icon={Copy}
          look="ghost"
          title={t('test:view.copy_tooltip')}
          onClick={() => void copy().then((whole) => navigator.clipboard.writeText(whole))}
        >
          {t('test:view.copy')}
        </Button>
      </div>
      {note !== undefined && <p className="small ink-2">{note}</p>}
      <pre className="well" tabIndex={0} aria-label={title}>
        <Highlighted json={prettyJson(text)} />
      </pre>
    </div>
  )
}

function Highlighted({ json }: { json: string }) {
  return json.split(/("(?:[^"\\]|\\.)*"(?=: ))/).map((part, index) =>
    index % 2 === 1 ? (
      <span className="json-key" key={index}>
        {part}
      </span>
    ) : (
      part
    ),
  )
}
