/** The whole page when the control plane does not let this browser in. */
import './refused_page.css'

export function RefusedPage() {
  return (
    <main className="refused">
      <h1>Open the address that Switchyard printed</h1>
      <p>
        This page is not signed in. The address holds the key. It stands in the terminal in which
        Switchyard runs, in a line like this:
      </p>
      <pre className="well">Panel: {location.origin}/?token=…</pre>
      <p>Switchyard makes a new key at every start, so an older address no longer works.</p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  )
}
