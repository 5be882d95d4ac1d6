/** The picture, fitted into the middle, with what was found in it drawn on top. A recording is drawn by eeg_stage.tsx. */
import { useState } from 'react'
import { useElementSize } from '../../components/element_size.ts'
import { fileSize, number } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { isBusy, type Run, type TestInput } from '../../state/runs.ts'
import { currentRun, stageInput, useTest } from '../../state/test_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { BusyNote } from './busy_note.tsx'
import { EegStage } from './eeg_stage.tsx'
import { FindingOverlay } from './finding_overlay.tsx'
import { fitted, type Size } from './fitted.ts'
import { drawnOf, type Reading } from './reply_reading.ts'
import './stage.css'
import { t } from '../../i18n/i18n.ts'

export function Stage() {
  const input = useTest(stageInput)
  const run = useTest(currentRun)
  if (!input) return <EmptyStage />
  switch (input.kind) {
    case 'image':
      // A new key starts anew with loading: size and failure belong to one picture.
      return <PictureStage key={input.id} picture={input} run={run} />
    case 'eeg':
      return <EegStage input={input} run={run} />
  }
}

function EmptyStage() {
  return (
    <>
      <div className="view-bar stage-bar">
        <span className="ink-3">{t('test:view.nothing_to_test_yet')}</span>
      </div>
      <div className="stage stage-empty">
        <p>
          <b>{t('test:view.drop_a_picture_or')}</b>
          <br />
          {t('test:now.stays')}
        </p>
      </div>
    </>
  )
}

type Loading = 'loading' | 'unreadable' | Size

function PictureStage({ picture, run }: { picture: TestInput; run: Run | null }) {
  const [loading, setLoading] = useState<Loading>('loading')
  const [holder, holderSize] = useElementSize<HTMLDivElement>()
  const chosen = useTest((state) => state.selected?.backend ?? null)
  const drawn = drawnOf(run, chosen)
  const reading = drawn?.reading ?? null
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
          <p className="stage-unreadable">{t('test:now.undrawable', { name: picture.name })}</p>
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
        {area && drawn && <FindingOverlay drawn={drawn} area={area} stage={holderSize} />}
        {reading?.prediction === null && (
          <p className="stage-note">
            {sentence(reading.reason ?? t(`test:say.nothing_found.${reading.noun}`))}
          </p>
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
        {t('test:view.boxes')}
      </button>
      {hasLandmarks && (
        <button
          type="button"
          className="chip"
          aria-pressed={showLandmarks}
          onClick={() => useUi.setState({ showLandmarks: !showLandmarks })}
        >
          {t('test:view.landmarks')}
        </button>
      )}
    </>
  )
}

function altOf(picture: TestInput, reading: Reading | null): string {
  if (!reading) return picture.name
  const noun = t(`test:say.noun.${reading.noun}`)
  const found = t('test:say.found', { count: reading.findings.length, noun })
  return `${picture.name}: ${found}${reading.prediction === null ? '' : `, ${reading.prediction}`}`
}
