import { Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { useState, type ComponentType, type PointerEvent, type WheelEvent } from 'react'
import type { FileKind } from '../../../protocol/file_kind.ts'
import { useElementSize } from '../../hooks/element_size.ts'
import { replyText } from '../../format/message.ts'
import { fileSize, number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { isBusy, type Run, type PlaygroundInput } from '../../state/runs.ts'
import { currentRun, stageInput, usePlayground } from '../../state/playground_store.ts'
import { changePreferences, useUi } from '../../state/ui_store.ts'
import { BusyNote } from './busy_note.tsx'
import { EegStage } from './eeg_stage.tsx'
import { FindingOverlay } from './finding_overlay.tsx'
import { fitted, type Area, type Size } from './fitted.ts'
import { drawablesOf, drawnOf, type Reading } from './reply_reading.ts'
import './stage.css'
import { panned, WHOLE, zoomAbout, ZOOM_MAX, zoomedArea, type Zoom } from './zoom.ts'
import { t } from '../../i18n/i18n.ts'
import { Chip, IconButton } from '../../components/button.tsx'

export function Stage() {
  const input = usePlayground(stageInput)
  const run = usePlayground(currentRun)
  if (!input) return <EmptyStage />
  return <InputStage input={input} run={run} />
}

export interface StageProps {
  input: PlaygroundInput
  run: Run | null
}

export function InputStage({ input, run }: StageProps) {
  const KindStage = STAGES[input.kind]
  // The key resets state of one input, such as picture size and load errors.
  return <KindStage key={input.id} input={input} run={run} />
}

function EmptyStage() {
  return (
    <>
      <div className="view-bar stage-bar">
        <span className="ink-3">{t('test:view.nothing_to_test')}</span>
      </div>
      <div className="stage stage-empty">
        <p>
          <b>{t('test:view.drop_input')}</b>
          <br />
          {t('test:now.stays')}
        </p>
      </div>
    </>
  )
}

/** One step of the zoom buttons; about two wheel notches. */
const ZOOM_STEP = 1.5
/** Per pixel of the wheel delta. */
const ZOOM_PER_PIXEL = 1.002
/** From this zoom on each landmark is drawn. */
const CLOSE_FACTOR = 2

type Loading = 'loading' | 'unreadable' | Size

function PictureStage({ input: picture, run }: StageProps) {
  const [loading, setLoading] = useState<Loading>('loading')
  const [holder, holderSize] = useElementSize<HTMLDivElement>()
  const chosen = usePlayground((state) => state.selected?.backend ?? null)
  const drawn = drawnOf(run, chosen)
  const reading = drawn?.reading ?? null
  // Boxes are in pixels that the backend measured; the browser's size applies until then.
  const natural = reading?.image ?? (typeof loading === 'object' ? loading : null)
  const fit = natural && fitted(natural, holderSize)
  const { zoom, setZoom, handlers } = useZoom(fit, holderSize)
  const area = fit && zoomedArea(fit, holderSize, zoom)
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
        <DrawnChooser run={run} drawn={drawn?.backend ?? null} />
        {reading && reading.findings.length > 0 && <OverlayChips reading={reading} />}
      </div>
      <div
        className="stage"
        ref={holder}
        data-zoomed={zoom.factor > 1 || undefined}
        {...(loading === 'unreadable' ? {} : handlers)}
      >
        {loading === 'unreadable' ? (
          <p className="stage-unreadable">{t('test:now.undrawable', { name: picture.name })}</p>
        ) : (
          <img
            src={picture.url}
            alt={altOf(picture, reading)}
            draggable={false}
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
        {area && drawn && (
          <FindingOverlay
            drawn={drawn}
            area={area}
            stage={holderSize}
            isClose={zoom.factor >= CLOSE_FACTOR}
          />
        )}
        {fit && loading !== 'unreadable' && (
          <ZoomButtons fit={fit} stage={holderSize} zoom={zoom} onChange={setZoom} />
        )}
        {reading?.prediction === null && (
          <p className="stage-note">
            {punctuated(replyText(reading.reason ?? t(`test:say.nothing_found.${reading.noun}`)))}
          </p>
        )}
        {run && isBusy(run) && <BusyNote run={run} />}
      </div>
    </>
  )
}

/** The wheel zooms about the pointer, a drag pans, a double click resets. */
function useZoom(fit: Area | null, stage: Size) {
  const [zoom, setZoom] = useState<Zoom>(WHOLE)
  const isOnPicture = (target: EventTarget) =>
    target instanceof Element && target.closest('button, .stage-note') === null
  const handlers = {
    onWheel: (event: WheelEvent<HTMLElement>) => {
      // With Ctrl the browser zooms the page.
      if (!fit || event.ctrlKey) return
      const { left, top } = event.currentTarget.getBoundingClientRect()
      const pointer = { x: event.clientX - left, y: event.clientY - top }
      const times = ZOOM_PER_PIXEL ** -event.deltaY
      setZoom((before) => zoomAbout(fit, stage, { zoom: before, times, pointer }))
    },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button === 0 && isOnPicture(event.target)) {
        event.currentTarget.setPointerCapture(event.pointerId)
      }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!fit || !event.currentTarget.hasPointerCapture(event.pointerId)) return
      const by = { x: event.movementX, y: event.movementY }
      setZoom((before) => panned(fit, stage, { zoom: before, by }))
    },
    onDoubleClick: (event: React.MouseEvent<HTMLElement>) => {
      if (isOnPicture(event.target)) setZoom(WHOLE)
    },
  }
  return { zoom, setZoom, handlers }
}

interface ZoomButtonsProps {
  fit: Area
  stage: Size
  zoom: Zoom
  onChange(zoom: Zoom): void
}

function ZoomButtons({ fit, stage, zoom, onChange }: ZoomButtonsProps) {
  const middle = { x: stage.width / 2, y: stage.height / 2 }
  const by = (times: number) => onChange(zoomAbout(fit, stage, { zoom, times, pointer: middle }))
  return (
    <span className="stage-zoom">
      {zoom.factor > 1 && (
        <>
          <IconButton
            icon={Maximize}
            label={t('test:zoom.whole')}
            title={t('test:zoom.whole')}
            onClick={() => onChange(WHOLE)}
          />
          <IconButton
            icon={ZoomOut}
            label={t('words:zoom_out')}
            title={t('words:zoom_out')}
            onClick={() => by(1 / ZOOM_STEP)}
          />
        </>
      )}
      <IconButton
        icon={ZoomIn}
        label={t('test:zoom.in')}
        title={t('test:zoom.in')}
        disabled={zoom.factor >= ZOOM_MAX}
        onClick={() => by(ZOOM_STEP)}
      />
    </span>
  )
}

function DrawnChooser({ run, drawn }: { run: Run | null; drawn: string | null }) {
  const drawables = drawablesOf(run)
  if (drawables.length < 2) return null
  return (
    <span className="row drawn-chooser">
      <span className="small ink-3" id="drawn-chooser">
        {t('test:say.boxes_caption')}
      </span>
      <span className="segment" role="group" aria-labelledby="drawn-chooser">
        {drawables.map(({ backend }) => (
          <button
            key={backend}
            type="button"
            aria-pressed={backend === drawn}
            onClick={() => usePlayground.setState({ selected: { backend, finding: 0 } })}
          >
            {backend}
          </button>
        ))}
      </span>
    </span>
  )
}

function OverlayChips({ reading }: { reading: Reading }) {
  const { showBoxes, showLandmarks } = useUi()
  const hasLandmarks = reading.findings.some((finding) => finding.landmarks.length > 0)
  return (
    <>
      <Chip isPressed={showBoxes} onClick={() => changePreferences({ showBoxes: !showBoxes })}>
        {t('test:view.boxes')}
      </Chip>
      {hasLandmarks && (
        <Chip
          isPressed={showLandmarks}
          onClick={() => changePreferences({ showLandmarks: !showLandmarks })}
        >
          {t('test:view.landmarks')}
        </Chip>
      )}
    </>
  )
}

function altOf(picture: PlaygroundInput, reading: Reading | null): string {
  if (!reading) return picture.name
  const noun = t(`test:say.noun.${reading.noun}`)
  const found = t('test:say.found', { count: reading.findings.length, noun })
  return `${picture.name}: ${found}${reading.prediction === null ? '' : `, ${reading.prediction}`}`
}

const STAGES: Record<FileKind, ComponentType<StageProps>> = { image: PictureStage, eeg: EegStage }
