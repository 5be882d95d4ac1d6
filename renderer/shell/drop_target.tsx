/** Pictures and EEG files dropped or pasted anywhere go to the test bench; a drop on a backend's row goes to that backend. */
import { useEffect, useState, type CSSProperties } from 'react'
import { t } from '../i18n/i18n.ts'
import { useActions } from '../state/actions_context.ts'
import { noteFailure } from '../state/panel_store.ts'
import { showView } from '../state/ui_store.ts'
import { isField } from '../keyboard/use_keys.ts'
import { filesOfDrop, takeFiles } from '../views/test/sources/take_files.ts'
import './drop_target.css'

interface Hover {
  /** null over no row: dropped on the page, for the chosen backends. */
  backend: string | null
  /** What a drop would go to. */
  target: { left: number; top: number; width: number; height: number } | null
  /** Of the pointer. */
  x: number
  y: number
}

export function DropTarget() {
  const { bench } = useActions()
  const [hover, setHover] = useState<Hover | null>(null)

  useEffect(() => {
    const take = (files: readonly File[], backend: string | undefined) => {
      if (files.length === 0) return
      showView('test')
      void takeFiles(bench, files, backend)
    }
    const onDragOver = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      const row = rowUnder(event.target)
      setHover({
        backend: row?.dataset['backend'] ?? null,
        target: row?.getBoundingClientRect() ?? null,
        x: event.clientX,
        y: event.clientY,
      })
    }
    const onDragLeave = (event: DragEvent) => {
      // Leaving the window has no related target; moving between elements has.
      if (event.relatedTarget === null) setHover(null)
    }
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setHover(null)
      const { dataTransfer } = event
      if (dataTransfer === null) return
      const backend = rowUnder(event.target)?.dataset['backend']
      filesOfDrop(dataTransfer).then(
        (files) => take(files, backend),
        (error: unknown) => noteFailure(t('shell:drop.unreadable'), String(error)),
      )
    }
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length === 0 || isField(event.target)) return
      event.preventDefault()
      take(files, undefined)
    }
    window.addEventListener('dragover', onDragOver)
    window.addEventListener('dragleave', onDragLeave)
    window.addEventListener('drop', onDrop)
    window.addEventListener('paste', onPaste)
    return () => {
      window.removeEventListener('dragover', onDragOver)
      window.removeEventListener('dragleave', onDragLeave)
      window.removeEventListener('drop', onDrop)
      window.removeEventListener('paste', onPaste)
    }
  }, [bench])

  if (hover === null) return null
  const { backend, target, x, y } = hover
  return (
    <div className="drop-hint">
      <div className="drop-frame" style={target === null ? { inset: 0 } : boxOf(target)} />
      <p style={{ '--x': `${x}px`, '--y': `${y}px` } as CSSProperties}>
        {backend === null ? t('shell:drop.all') : t('shell:drop.one', { name: backend })}
      </p>
    </div>
  )
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

function rowUnder(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-backend]') : null
}

const boxOf = ({ left, top, width, height }: NonNullable<Hover['target']>) => ({
  left,
  top,
  width,
  height,
})
