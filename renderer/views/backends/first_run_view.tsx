/** Before anything was started: one button, and what comes after it. */
import { Play } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useActions } from '../../state/actions_context.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import './first_run_view.css'

export function FirstRun({ count }: { count: number }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const name = usePanel((state) => state.snapshot?.backends[0]?.name ?? '')
  const button = useRef<HTMLButtonElement>(null)
  const one = count === 1
  // Enter starts: the button has the focus as long as nothing else was focused.
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus()
  }, [])
  return (
    <section className="first-run" aria-label="First start">
      <h2>
        {one ? 'One backend is ready to start' : `${countWord(count)} backends are ready to start`}
      </h2>
      <p>
        Starting loads the{' '}
        {one
          ? 'model, warms it up and opens its port'
          : 'models, warms them up and opens one port each'}
        .
      </p>
      <div className="row">
        <button
          ref={button}
          type="button"
          className="btn btn-large btn-primary"
          disabled={!isLive}
          onClick={() => void panel.startAll()}
        >
          <Play size={16} strokeWidth={1.75} aria-hidden />
          {one ? `Start ${name}` : `Start all ${count}`}
        </button>
        <span className="small ink-2">
          <kbd>Enter</kbd>
          {!one && ' or switch on one below'}
        </span>
      </div>
    </section>
  )
}

export function FirstSteps({ origin }: { origin: string }) {
  const name = usePanel((state) => state.snapshot?.backends[0]?.name ?? '')
  return (
    <ol className="first-steps">
      <li>
        <h3>
          <span className="tag">1</span>Start
        </h3>
        <p>
          The track of a backend closes when its model has answered a warm-up. Until then its port
          answers “not_ready”.
        </p>
      </li>
      <li>
        <h3>
          <span className="tag">2</span>Drop a picture or an EEG file
        </h3>
        <p>
          Anywhere in this window, or paste one: EEG as CSV, TXT or EDF. It goes through the same
          WebSocket as your programs’.
        </p>
      </li>
      <li>
        <h3>
          <span className="tag">3</span>Connect your program
        </h3>
        <p>One address for all backends, or the port of each.</p>
        <pre className="well">{`${origin}
{"type":"inference_request",
 "backend":"${name}",
 "request_id":"1","data":{"image":"…"}}`}</pre>
      </li>
    </ol>
  )
}

const WORDS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']

function countWord(count: number): string {
  return WORDS[count] ?? String(count)
}
