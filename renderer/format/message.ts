import type { ConfigProblem } from '../../protocol/config.ts'
import { problemTexts } from '../../protocol/config_problem.ts'
import {
  messageIn,
  messagesIn,
  worded,
  type Message,
  type Wording,
} from '../../protocol/messages.ts'
import { MESSAGES_ZH } from '../../protocol/messages_zh.ts'
import { language } from '../i18n/i18n.ts'

export const messageText = (said: Message): string =>
  language() === 'zh' ? worded(said, MESSAGES_ZH) : said.message

export const fieldText = <Field extends string>(
  view: { wording?: Wording } & Record<Field, string>,
  field: Field,
): string => messageText(messageIn(view, field))

export const fieldTexts = <Field extends string>(
  view: { wording?: Wording } & Record<Field, readonly string[]>,
  field: Field,
): string[] => messagesIn(view, field).map(messageText)

export const problemText = (problem: ConfigProblem): string => messageText(problemTexts(problem))
