/** The picture, fitted into the middle, with what was found in it drawn on top. */
import { useState } from 'react'
import { useElementSize } from '../../components/element_size.ts'
import { count, fileSize, ms, number } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { useActions } from '../../state/actions_context.ts'
import { isBusy, type Picture, type Run } from '../../state/runs.ts'
import { currentRun, stagePicture, useTest } from '../../state/test_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { useElapsed } from './elapsed.ts'
import { FindingOverlay } from './finding_overlay.tsx'
import { fitted, type Size } from './fitted.ts'
import { drawnReading, type Reading } from './reply_reading.ts'
import './stage.css'

export function Stage() {
  const picture = useTest(stagePicture)
  const run = useTest(currentRun)
  if (!picture) return <EmptyStage />
  // A new key starts anew with loading: size and failure belong to one picture.
  return <PictureStage key={picture.id} picture={picture} run={run} />
}

function EmptyStage() {
  return (
    <>
      <div className="view-bar stage-bar">
        <span className="ink-3">No picture yet</span>
      </div>
      <div className="stage stage-empty">
        <p>
          <b>Drop a picture anywhere in this window, or paste one.</b>
          <br />
          It stays on this computer and goes to the backends that are ticked on the left.
        </p>
      </div>
    </>
  )
}

type Loading = 'loading' | 'unreadable' | Size

function PictureStage({ picture, run }: { picture: Picture; run: Run | null }) {
  const [loading, setLoading] = useState<Loading>('loading')
  const [holder, holderSize] = useElementSize<HTMLDivElement>()
  const reading = drawnReading(run)
  // What the backend measured counts: the boxes are in its pixels. Until then the browser's size.
  const natural = reading?.image ?? (typeof loading === 'object' ? loading : null)
  const area = natural && fitted(natural, holderSize)
  return (
    <>
      <div className="view-bar stage-bar">
        <b className="ellipsis" title={picture.name}>
          {picture.name}
        </b>
        <span className="small ink-3">
          {natural && `${number(natural.width)} × ${number(natural.height)}, `}
          {fileSize(picture.file.size)}
        </span>
        <span className="grow" />
        {reading && reading.findings.length > 0 && <OverlayChips reading={reading} />}
      </div>
      <div className="stage" ref={holder}>
        {loading === 'unreadable' ? (
          <p className="stage-unreadable">
            This browser cannot draw {picture.name}. The backend gets its bytes all the same.
          </p>
        ) : (
          <img
            src={picture.url}
            alt={altOf(picture, reading)}
            style={
              area
                ? { left: area.left, top: area.top, width: area.width, height: area.height }
                : { opacity: 0 }
            }
            onLoad={({ currentTarget: image }) =>
              setLoading({ width: image.naturalWidth, height: image.naturalHeight })
            }
            onError={() => setLoading('unreadable')}
          />
        )}
        {area && reading && <FindingOverlay reading={reading} area={area} stage={holderSize} />}
        {reading?.prediction === null && (
          <p className="stage-note">{sentence(reading.reason ?? `no ${reading.noun} was found`)}</p>
        )}
        {run && isBusy(run) && <BusyNote run={run} />}
      </div>
    </>
  )
}

function OverlayChips({ reading }: { reading: Reading }) {
  const { showBoxes, showLandmarks } = useUi()
  const hasLandmarks = reading.findings.some((finding) => finding.landmarks.length > 0)
  return (
    <>
      <button
        type="button"
        className="chip"
        aria-pressed={showBoxes}
        onClick={() => useUi.setState({ showBoxes: !showBoxes })}
      >
        Boxes
      </button>
      {hasLandmarks && (
        <button
          type="button"
          className="chip"
          aria-pressed={showLandmarks}
          onClick={() => useUi.setState({ showLandmarks: !showLandmarks })}
        >
          Landmarks
        </button>
      )}
    </>
  )
}

function BusyNote({ run }: { run: Run }) {
  const { bench } = useActions()
  const elapsedMs = useElapsed(run)
  return (
    <p className="stage-note stage-busy">
      <span className="num">Running for {ms(elapsedMs)}</span>
      <button type="button" className="btn btn-small" onClick={() => bench.cancel()}>
        Cancel <kbd>Esc</kbd>
      </button>
    </p>
  )
}

function altOf(picture: Picture, reading: Reading | null): string {
  if (!reading) return picture.name
  const found = count(reading.findings.length, reading.noun)
  return `${picture.name}: ${found}${reading.prediction === null ? '' : `, ${reading.prediction}`}`
}
