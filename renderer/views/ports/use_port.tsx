/** Writes another port into the file. */
import { useState } from 'react'
import { problemText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { useControlCall, type CallControl } from '../../state/control_context.tsx'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { messageOf } from '../../../protocol/errors.ts'
import './use_port.css'

interface UsePortProps {
  /** Name of the section in the file. */
  section: string
  port: number
  /** The port is the one that is still in use: the file goes back to it. */
  isKept?: boolean
}

export function UsePort({ section, port, isKept = false }: UsePortProps) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const [state, setState] = useState<{ isBusy: boolean; words: string | null; isBad: boolean }>({
    isBusy: false,
    words: null,
    isBad: false,
  })
  const use = async () => {
    setState({ isBusy: true, words: null, isBad: false })
    const problem = await writePort(call, section, port)
    const words =
      problem === null
        ? t('ports:written', { name: section, port })
        : t('ports:not_written', { reason: problem })
    setState({ isBusy: false, words, isBad: problem !== null })
  }
  return (
    <div className="use-port">
      <button
        type="button"
        className={isKept ? 'btn btn-small' : 'btn btn-small btn-primary'}
        disabled={!isLive || state.isBusy}
        onClick={() => void use()}
      >
        {t(isKept ? 'ports:keep' : 'ports:use', { port })}
      </button>
      {state.words !== null && (
        <span role="status" className={state.isBad ? 'small stop' : 'small ink-2'}>
          {state.words}
        </span>
      )}
    </div>
  )
}

/** Answers why the port was not written; null when it was. */
async function writePort(call: CallControl, backend: string, port: number): Promise<string | null> {
  try {
    const { text } = await call('config.read', {})
    const { problems } = await call('config.edit', {
      text,
      edits: [{ edit: 'set', backend, path: ['port'], value: port }],
    })
    const [problem] = problems
    return problem === undefined ? null : problemText(problem)
  } catch (error) {
    return messageOf(error)
  }
}
