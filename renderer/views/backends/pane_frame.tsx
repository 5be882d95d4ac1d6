import { useEffect, type KeyboardEvent, type PointerEvent } from 'react'
import { useWindowSize } from '../../hooks/window_size.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { changePreferences, closeDrawer, useUi } from '../../state/ui_store.ts'
import { DetailPane } from './detail_pane.tsx'
import './pane_frame.css'
import {
  PANE_WIDTH_MAX,
  PANE_WIDTH_MIN,
  drawerWidth,
  isNarrow,
  paneWidth,
} from '../../state/pane_width.ts'
import { selectedOf } from '../../state/selection.ts'
import { t } from '../../i18n/i18n.ts'

const STEP = 16

export function PaneFrame() {
  const { width: windowWidth } = useWindowSize()
  const selectedName = useUi((state) => state.selectedBackend)
  const isOpen = useUi((state) => (isNarrow() ? state.drawerOpen : state.paneOpen))
  const chosen = useUi((state) => state.paneWidth)
  const selected = usePanel((state) => selectedOf(backendsOf(state), selectedName))
  const width = paneWidth(chosen, windowWidth)
  useEffect(() => closeDrawer, [])

  if (!isOpen || !selected) return null
  if (isNarrow()) {
    return (
      <div className="drawer" style={{ width: drawerWidth(chosen, windowWidth) }}>
        <DetailPane backend={selected} onClose={closeDrawer} />
      </div>
    )
  }
  return (
    <div className="pane-beside" style={{ width }}>
      <Splitter width={width} />
      <DetailPane backend={selected} />
    </div>
  )
}

function Splitter({ width }: { width: number }) {
  const resize = (next: number | null) => changePreferences({ paneWidth: next })
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? STEP : event.key === 'ArrowRight' ? -STEP : 0
    if (step === 0) return
    event.preventDefault()
    resize(Math.max(PANE_WIDTH_MIN, Math.min(PANE_WIDTH_MAX, width + step)))
  }
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    resize(Math.max(PANE_WIDTH_MIN, Math.min(PANE_WIDTH_MAX, window.innerWidth - event.clientX)))
  }
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={t('backends:pane_width')}
      aria-valuenow={Math.round(width)}
      aria-valuemin={PANE_WIDTH_MIN}
      aria-valuemax={PANE_WIDTH_MAX}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onDoubleClick={() => resize(null)}
    />
  )
}
