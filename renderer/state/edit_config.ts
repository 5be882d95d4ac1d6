import type { ControlParams } from '../../protocol/control.ts'
import { problemText } from '../format/message.ts'
import type { CallControl } from './control_context.tsx'

type Edits = Omit<ControlParams<'config.edit'>, 'text'>

/** Edits the current file. Rejects with the first problem; nothing is written then. */
export async function editConfig(call: CallControl, edits: Edits): Promise<void> {
  const { text } = await call('config.read', {})
  const { problems } = await call('config.edit', { text, ...edits })
  if (problems[0]) throw new Error(problemText(problems[0]))
}
