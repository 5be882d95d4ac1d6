/** Drops and pastes open in the playground, on a backend's row for that backend. ONNX files open the wizard. */
import { useEffect, useState, type CSSProperties } from 'react'
import { t } from '../i18n/i18n.ts'
import { useActions } from '../state/actions_context.ts'
import { noteFailure } from '../state/panel_store.ts'
import { showView } from '../state/ui_store.ts'
import { isField } from '../hooks/use_keys.ts'
import { filesOfDrop, takeFiles } from '../views/playground/sources/take_files.ts'
import { isModel, isModelWeights, openWithDrop } from '../views/wizard/wizard_store.ts'
import './drop_target.css'

interface Hover {
  backend: string | null
  target: { left: number; top: number; width: number; height: number } | null
  /** The browser reports no type: a recording, or a model. */
  mayBeModel: boolean
  x: number
  y: number
}

export function DropTarget() {
  const { sender } = useActions()
  const [hover, setHover] = useState<Hover | null>(null)

  useEffect(() => {
    const take = (files: readonly File[], backend: string | undefined) => {
      const models = files.filter(isModel)
      if (models.length > 0) openWithDrop(models)
      const inputs = files.filter(
        (file) => !isModel(file) && !(models.length > 0 && isModelWeights(file)),
      )
      if (inputs.length === 0) return
      showView('test')
      void takeFiles(sender, inputs, backend)
    }
    const onDragOver = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      const row = rowUnder(event.target)
      setHover({
        backend: row?.dataset['backend'] ?? null,
        target: row?.getBoundingClientRect() ?? null,
        mayBeModel: mayBeModel(event),
        x: event.clientX,
        y: event.clientY,
      })
    }
    const onDragLeave = (event: DragEvent) => {
      // Only leaving the window has no related target.
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
    const ended = new AbortController()
    const { signal } = ended
    window.addEventListener('dragover', onDragOver, { signal })
    window.addEventListener('dragleave', onDragLeave, { signal })
    window.addEventListener('drop', onDrop, { signal })
    window.addEventListener('paste', onPaste, { signal })
    return () => ended.abort()
  }, [sender])

  if (hover === null) return null
  const { backend, target, mayBeModel: isUntyped, x, y } = hover
  const label = t(isUntyped ? 'shell:drop.any' : 'shell:drop.all')
  return (
    <div className="drop-hint">
      <div className="drop-frame" style={target === null ? { inset: 0 } : boxOf(target)} />
      <p style={{ '--x': `${x}px`, '--y': `${y}px` } as CSSProperties}>
        {backend === null ? label : t('shell:drop.one', { name: backend })}
      </p>
    </div>
  )
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/** Before the drop a page sees the types of the files, not their names. */
const mayBeModel = ({ dataTransfer }: DragEvent): boolean =>
  [...(dataTransfer?.items ?? [])].some(({ kind, type }) => kind === 'file' && type === '')

function rowUnder(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-backend]') : null
}

const boxOf = ({ left, top, width, height }: NonNullable<Hover['target']>) => ({
  left,
  top,
  width,
  height,
})
