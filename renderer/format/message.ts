import { MessageError, messageOf } from '../../protocol/errors.ts'
import type { ConfigProblem } from '../../protocol/config.ts'
import { problemTexts } from '../../protocol/config_problem.ts'
import type { PlaneEvent } from '../../protocol/events.ts'
import {
  type Message,
  messageIn,
  messagesIn,
  recognized,
  type Wording,
} from '../../protocol/messages.ts'
import { textIn } from '../../protocol/messages_zh.ts'
import { language } from '../i18n/i18n.ts'

export const messageText = (said: Message): string => textIn(language(), said)

/** Of a reply, which carries the English text alone. */
export const replyText = (text: string): string => messageText(recognized(text))

type Worded<Field extends string, Text> = { wording?: Wording } & Record<Field, Text>

/** Of a field that holds the English text. */
export function fieldText<Field extends string>(view: Worded<Field, string>, field: Field): string
export function fieldText<Field extends string>(
  view: Worded<Field, string | null>,
  field: Field,
): string | null
export function fieldText<Field extends string>(
  view: Worded<Field, string | null>,
  field: Field,
): string | null {
  const said = messageIn(view, field)
  return said === null ? null : messageText(said)
}

export const fieldTexts = <Field extends string>(
  view: Worded<Field, readonly string[]>,
  field: Field,
): string[] => messagesIn(view, field).map(messageText)

/** Of what was thrown. */
export const errorText = (error: unknown): string =>
  error instanceof MessageError ? messageText(error.said) : messageOf(error)

export const problemText = (problem: ConfigProblem): string => messageText(problemTexts(problem))

/** Why a backend failed, without that it did. Events of earlier versions have no code. */
export function failureText(event: PlaneEvent): string {
  const reason = event.code === 'event.failed' ? event.params?.['reason'] : undefined
  return typeof reason === 'object'
    ? messageText(reason)
    : messageText(event).replace(/^failed: /, '')
}
