/** An event in words: what its kind is called, and its sentence. Pure. */
import { BACKEND_STATES, type BackendState } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { stateWord } from '../../format/backend_words.ts'
import { t } from '../../i18n/i18n.ts'
import { sentence } from '../../format/sentence.ts'
import type { EventKind } from './event_filter.ts'

/** On the chips. */
export const kindsWord = (kind: EventKind): string => t(`events:kinds.${kind}`)
/** Of one event, for those who do not see its mark. */
export const kindWord = (kind: EventKind): string => t(`events:kind.${kind}`)

/** undefined: none, or one that this panel does not know. */
export function stateOf(event: PlaneEvent): BackendState | undefined {
  return BACKEND_STATES.find((state) => state === event.state)
}

/** A state is always named: its message may give the reason alone. */
export function eventSentence(event: PlaneEvent): string {
  const { kind, message } = event
  const word = kind === 'crash' ? t('events:crashed') : stateWord(stateOf(event) ?? 'ready')
  const isNamed = kind !== 'crash' && (kind !== 'state' || startsWith(message, word))
  const full = isNamed || (kind === 'state' && !stateOf(event)) ? message : `${word}: ${message}`
  return sentence(full)
}

function startsWith(text: string, word: string): boolean {
  return text.toLowerCase().startsWith(word.toLowerCase())
}
