/** Inputs that are quarantined, or one crash away from it, with a release button. */
import { useMutation } from '@tanstack/react-query'
import type { BackendView, ControlResult } from '../../../../protocol/control.ts'
import { clockSeconds } from '../../../format/time.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isConnected, usePanel, useToday } from '../../../state/panel_store.ts'
import { useReply, useWaitingText } from '../../../hooks/use_reply.ts'
import { errorText } from '../../../format/message.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button } from '../../../components/button.tsx'

type Quarantined = ControlResult<'quarantine.list'>['inputs'][number]

const HASH_SHOWN = 12

export function QuarantineList({ backend }: { backend: BackendView }) {
  const call = useControlCall()
  const after = `${backend.state} ${backend.since}`
  const { value, problem, ask } = useReply('quarantine.list', {}, { after })
  const waiting = useWaitingText(t('crash:quarantine_asking'))
  const inputs = value?.inputs.filter((one) => one.backend === backend.backend) ?? []
  const release = useMutation({
    mutationFn: (sha256: string) => call('quarantine.clear', { backend: backend.backend, sha256 }),
    onSettled: ask,
  })
  const wrong = release.error ? errorText(release.error) : problem
  return (
    <section className="cell" aria-label={t('crash:quarantined_inputs')}>
      <h3 className="h2">{t('crash:quarantined_inputs')}</h3>
      {inputs.length === 0 && (
        <p className="small ink-2">
          {value === null && problem === null
            ? waiting
            : t('crash:quarantine_none', { name: backend.backend })}
        </p>
      )}
      {wrong !== null && (
        <p className="small stop" role="alert">
          {wrong}
        </p>
      )}
      <ul className="quarantine">
        {inputs.map((input) => (
          <Row key={input.sha256} input={input} onRelease={() => release.mutate(input.sha256)} />
        ))}
      </ul>
    </section>
  )
}

function Row({ input, onRelease }: { input: Quarantined; onRelease: () => void }) {
  const isLive = usePanel(isConnected)
  const today = useToday()
  const hash = input.sha256.slice(0, HASH_SHOWN)
  return (
    <li>
      <span className="mono" title={input.sha256}>
        {hash}
      </span>
      {input.is_refused ? (
        <span className="tag tag-stop">{t('crash:refused')}</span>
      ) : (
        <span className="tag" title={t('crash:suspect_tooltip')}>
          {t('crash:suspect')}
        </span>
      )}
      <span className="small ink-2 grow">
        {input.crashes.map((time) => clockSeconds(time, today)).join(', ')}
      </span>
      <Button
        disabled={!isLive}
        aria-label={t('crash:release_input', { hash })}
        onClick={onRelease}
      >
        {t('crash:release')}
      </Button>
    </li>
  )
}
