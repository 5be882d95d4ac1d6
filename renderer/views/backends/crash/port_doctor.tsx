/** The port doctor: looks at the port of the backend when asked, says who has it, and offers a free one. */
import { Stethoscope } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { PortAnswer, PortReport, PortVerdict } from '../../../../protocol/ports.ts'
import { sentence } from '../../../format/sentence.ts'
import { clockSeconds } from '../../../format/time.ts'
import { useControlCall, type CallControl } from '../../../state/control_context.ts'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import { sentenceOf } from '../use_reply.ts'

type Examination =
  | { phase: 'not asked' }
  | { phase: 'asking' }
  | { phase: 'failed'; problem: string }
  | { phase: 'done'; report: PortReport; atMs: number }

export function PortDoctor({ backend }: { backend: BackendView }) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const [examination, setExamination] = useState<Examination>({ phase: 'not asked' })
  const examine = async () => {
    setExamination({ phase: 'asking' })
    try {
      const { report } = await call('ports.examine', { name: backend.name })
      setExamination({ phase: 'done', report, atMs: Date.now() })
    } catch (error) {
      setExamination({ phase: 'failed', problem: sentenceOf(error) })
    }
  }
  const isAsking = examination.phase === 'asking'
  return (
    <section className="cell port-doctor" aria-label="Port doctor">
      <div className="cell-head">
        <h3 className="h2">Port doctor</h3>
        <span className="grow" />
        <button
          type="button"
          className="btn btn-small"
          disabled={!isLive || isAsking}
          onClick={() => void examine()}
        >
          <Stethoscope size={13} strokeWidth={1.5} aria-hidden />
          Examine port {backend.port}
        </button>
      </div>
      <div role="status">
        {examination.phase === 'not asked' && (
          <p className="small ink-2">Says who holds the port, what it answers, and what to do.</p>
        )}
        {isAsking && <p className="small ink-2">Looking at port {backend.port}…</p>}
        {examination.phase === 'failed' && (
          <p className="small stop">The port could not be examined: {examination.problem}</p>
        )}
        {examination.phase === 'done' && <Report backend={backend} {...examination} />}
      </div>
    </section>
  )
}

const VERDICT_WORDS: Record<PortVerdict, string> = {
  free: 'free',
  in_use: 'in use',
  forbidden: 'forbidden',
  excluded: 'excluded by the system',
  unavailable_address: 'address not available',
}

interface ReportProps {
  backend: BackendView
  report: PortReport
  atMs: number
}

function Report({ backend, report, atMs }: ReportProps) {
  const nowMs = usePanel((state) => state.nowMs)
  const { verdict, remedy, notes, suggestion } = report
  // What the backend itself holds is in use as it should be; such a report has no remedy.
  const isWell = verdict === 'free' || remedy === ''
  return (
    <>
      <p className="port-verdict">
        <span className={isWell ? 'tag tag-ok' : 'tag tag-stop'}>{VERDICT_WORDS[verdict]}</span>
        {sentence(report.sentence)}
      </p>
      {remedy !== '' && <p className="port-remedy">{sentence(remedy)}</p>}
      <Holder report={report} atMs={atMs} />
      {notes.map((note) => (
        <p key={note} className="small ink-3">
          {sentence(note)}
        </p>
      ))}
      <p className="caption ink-3">examined at {clockSeconds(atMs, nowMs)}</p>
      {suggestion !== null && remedy !== '' && (
        <UsePort section={backend.backend} port={suggestion} />
      )}
    </>
  )
}

function Holder({ report: { holder, speaks }, atMs }: Pick<ReportProps, 'report' | 'atMs'>) {
  if (holder === null && speaks === null) return null
  const unknown = holder?.reason ?? 'the system does not say'
  const known = (value: ReactNode) => value ?? <span className="ink-3">n/a: {unknown}</span>
  return (
    <dl className="facts">
      {holder !== null && (
        <>
          <dt>Held by</dt>
          <dd className="mono">{known(holder.command)}</dd>
          <dt>Process</dt>
          <dd>
            {known(holder.pid)}
            {holder.user !== null && ` of ${holder.user}`}
          </dd>
          <dt>Since</dt>
          <dd>
            {known(holder.started_at === null ? null : clockSeconds(holder.started_at, atMs))}
          </dd>
        </>
      )}
      {speaks !== null && (
        <>
          <dt>Answers as</dt>
          <dd>{answerWords(speaks)}</dd>
        </>
      )}
    </dl>
  )
}

function answerWords(answer: PortAnswer): string {
  switch (answer.kind) {
    case 'backend':
      return `backend ${answer.backend ?? 'without a name'}, ${answer.status}`
    case 'websocket':
      return 'WebSocket server, no backend'
    case 'http':
      return `web server, status ${answer.status_code}`
    case 'silent':
      return `nothing that is known: ${answer.reason}`
  }
}

/** Writes another port into the file. */
function UsePort({ section, port }: { section: string; port: number }) {
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
    const words = problem ?? `Written: ${section} has port ${port} in the file now.`
    setState({ isBusy: false, words, isBad: problem !== null })
  }
  return (
    <div className="crash-buttons">
      <button
        type="button"
        className="btn btn-small btn-primary"
        disabled={!isLive || state.isBusy}
        onClick={() => void use()}
      >
        Use port {port}
      </button>
      {state.words !== null && (
        <span className={state.isBad ? 'small stop' : 'small ink-2'}>{state.words}</span>
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
    return problem === undefined
      ? null
      : `Not written: ${problem.key} ${problem.message}. ${sentence(problem.remedy)}`
  } catch (error) {
    return `Not written: ${sentenceOf(error)}`
  }
}
