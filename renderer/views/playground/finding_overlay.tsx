/** Boxes, landmarks and labels over the picture. Lines and text ignore its scale. */
import clsx from 'clsx'
import { number } from '../../format/number.ts'
import { usePlayground } from '../../state/playground_store.ts'
import { useUi } from '../../state/ui_store.ts'
import './finding_overlay.css'
import { FACE_CONTOURS, MESH_POINTS_MIN } from './face_contours.ts'
import type { Area, Size } from './fitted.ts'
import type { Drawn, Finding } from './reply_reading.ts'

/** Narrower boxes show number and class, then only the number, unless selected. */
const FULL_LABEL_WIDTH_MIN = 150
const KIND_LABEL_WIDTH_MIN = 56
const LABEL_HEIGHT = 20
const CORNER_MAX = 26

interface FindingOverlayProps {
  drawn: Drawn
  area: Area
  stage: Size
  isClose: boolean
}

export function FindingOverlay({
  drawn: { backend, reading },
  area,
  stage,
  isClose,
}: FindingOverlayProps) {
  const { showBoxes, showLandmarks } = useUi()
  const selected = usePlayground((state) => state.selected?.finding ?? 0)
  return (
    <>
      <svg className="overlay" width={stage.width} height={stage.height} aria-hidden="true">
        {showLandmarks &&
          reading.findings.map((finding, index) => (
            <Landmarks key={index} finding={finding} area={area} isClose={isClose} />
          ))}
        {showBoxes &&
          reading.findings.map((finding, index) => (
            <FindingBox key={index} finding={finding} area={area} isSelected={index === selected} />
          ))}
      </svg>
      {showBoxes &&
        reading.findings.map((finding, index) => (
          <FindingLabel
            key={index}
            finding={finding}
            index={index}
            area={area}
            stage={stage}
            isSelected={index === selected}
            onSelect={() => usePlayground.setState({ selected: { backend, finding: index } })}
          />
        ))}
    </>
  )
}

interface FindingProps {
  finding: Finding
  area: Area
}

function Landmarks({ finding, area, isClose }: FindingProps & { isClose: boolean }) {
  const isMesh = finding.landmarks.length >= MESH_POINTS_MIN
  return isMesh && !isClose ? (
    <Contours finding={finding} area={area} />
  ) : (
    <Dots finding={finding} area={area} />
  )
}

function Contours({ finding: { landmarks }, area }: FindingProps) {
  const path = FACE_CONTOURS.map(({ points, isClosed }) => {
    const line = points.flatMap((index) => {
      const [x, y] = landmarks[index] ?? []
      return x === undefined || y === undefined
        ? []
        : [`${(area.left + x * area.scale).toFixed(1)} ${(area.top + y * area.scale).toFixed(1)}`]
    })
    return `M${line.join('L')}${isClosed ? 'Z' : ''}`
  }).join('')
  return (
    <g fill="none" strokeLinejoin="round" className="face-contours">
      <path d={path} stroke="#141816" strokeOpacity="0.45" strokeWidth="2.6" />
      <path d={path} stroke="#ffffff" strokeOpacity="0.9" strokeWidth="1.2" />
    </g>
  )
}

function Dots({ finding, area }: FindingProps) {
  const path = finding.landmarks
    .map(
      ([x, y]) =>
        `M${(area.left + x * area.scale).toFixed(1)} ${(area.top + y * area.scale).toFixed(1)}h0`,
    )
    .join('')
  const dot = dotWidth(finding.box.width * area.scale)
  // A round cap on a zero-length line is a dot; two paths draw a whole mesh.
  return (
    <g fill="none" strokeLinecap="round">
      <path d={path} stroke="#141816" strokeWidth={dot + 1.4} />
      <path d={path} stroke="#ffffff" strokeWidth={dot} />
    </g>
  )
}

function FindingBox({ finding, area, isSelected }: FindingProps & { isSelected: boolean }) {
  const { x, y, width, height } = onStage(finding, area)
  const corner = Math.min(CORNER_MAX, width / 4, height / 4)
  const corners =
    `M${x} ${y + corner}v${-corner}h${corner}` +
    `M${x + width - corner} ${y}h${corner}v${corner}` +
    `M${x + width} ${y + height - corner}v${corner}h${-corner}` +
    `M${x + corner} ${y + height}h${-corner}v${-corner}`
  return (
    <g fill="none" className={clsx('finding-box', isSelected && 'is-selected')}>
      <rect x={x} y={y} width={width} height={height} className="finding-box-line" />
      <path d={corners} stroke="#141816" strokeWidth="4" />
      <path d={corners} className="finding-box-corners" />
    </g>
  )
}

/** Smaller on a small face, where 468 dots would merge. */
function dotWidth(findingWidth: number): number {
  return Math.max(0.8, Math.min(1.8, findingWidth / 90))
}

interface FindingLabelProps extends FindingProps {
  index: number
  stage: Size
  isSelected: boolean
  onSelect: () => void
}

function FindingLabel({ finding, index, area, stage, isSelected, onSelect }: FindingLabelProps) {
  const box = onStage(finding, area)
  const isInSight =
    box.x < stage.width && box.x + box.width > 0 && box.y < stage.height && box.y + box.height > 0
  if (!isInSight) return null
  const isFull = isSelected || box.width >= FULL_LABEL_WIDTH_MIN
  const kind = !isFull && box.width >= KIND_LABEL_WIDTH_MIN ? finding.kind : null
  const above = box.y - LABEL_HEIGHT - 4
  return (
    <button
      type="button"
      className={clsx('finding-label', isSelected && 'is-selected')}
      style={{
        // Inside the box if there is no room above.
        top: above >= 0 ? above : Math.max(0, box.y) + 4,
        left: Math.max(2, Math.min(stage.width - 40, above >= 0 ? box.x : box.x + 6)),
      }}
      aria-pressed={isSelected}
      onClick={onSelect}
    >
      <span>
        {index + 1}
        {isFull && ` · ${finding.label} ${number(finding.score, 3)}`}
        {kind !== null && ` · ${kind}`}
      </span>
      {isFull && finding.verdict !== null && <span>{finding.verdict}</span>}
    </button>
  )
}

function onStage(finding: Finding, area: Area): { x: number; y: number } & Size {
  return {
    x: area.left + finding.box.x * area.scale,
    y: area.top + finding.box.y * area.scale,
    width: finding.box.width * area.scale,
    height: finding.box.height * area.scale,
  }
}
