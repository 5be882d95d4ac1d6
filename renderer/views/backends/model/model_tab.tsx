/** The model files of the backend, where their nodes run, and how a replaced file gets in. */
import type { BackendView } from '../../../../protocol/control.ts'
import { ModelList } from '../model_list.tsx'

export function ModelTab({ backend }: { backend: BackendView }) {
  if (backend.models.length === 0) {
    return <p className="pane-note">{whyNone(backend)}</p>
  }
  return (
    <>
      <ModelList {...backend} />
      {isOurs(backend) && (
        <section className="cell" aria-label="A replaced model file">
          <h3 className="h2">A replaced model file</h3>
          <p className="small ink-2">
            A model file that is replaced on disk is loaded beside the running one, warmed, and
            takes over between two requests. If it cannot be loaded, the old one stays, and the log
            says why.
          </p>
        </section>
      )}
    </>
  )
}

/** Our backends watch their files and say what they have loaded; others need not. */
function isOurs({ runtime }: BackendView): boolean {
  return runtime === 'builtin' || runtime === 'onnx'
}

function whyNone(backend: BackendView): string {
  const { name, is_live: isLive, is_ready: isReady } = backend
  if (isReady) return `${name} does not say which model files it has loaded.`
  if (isLive) return `${name} is still loading. Its model files are listed once they are loaded.`
  return `${name} does not run. Its model files are listed once they are loaded.`
}
