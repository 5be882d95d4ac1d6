import type { PortAnswer, PortHolder, PortReport, PortVerdict } from '../../../protocol/ports.ts'
import { messageIn } from '../../../protocol/messages.ts'
import { fieldText, messageText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'

export function answerLabel(answer: PortAnswer): string {
  switch (answer.kind) {
    case 'backend':
      return t('ports:answer.backend', {
        name: answer.backend ?? t('ports:answer.no_name'),
        status: answer.status,
      })
    case 'websocket':
      return t('ports:answer.websocket')
    case 'http':
      return t('ports:answer.http', { status: answer.status_code })
    case 'silent':
      return t('ports:answer.silent', { reason: fieldText(answer, 'reason') })
  }
}

export function unknownText(holder: PortHolder | null): string {
  const reason = holder && messageIn(holder, 'reason')
  return t('words:not_available', { reason: reason ? messageText(reason) : t('ports:not_told') })
}

/** The backend's own port is in use as expected; such a report has no remedy. */
export const isWell = ({ verdict, remedy }: PortReport): boolean =>
  verdict === 'free' || remedy === ''

export function VerdictTag({ verdict, isGood }: { verdict: PortVerdict; isGood: boolean }) {
  return (
    <span className={isGood ? 'tag tag-ok' : 'tag tag-stop'}>
      {isGood && verdict === 'in_use' ? t('ports:ours') : t(`ports:verdict.${verdict}`)}
    </span>
  )
}
