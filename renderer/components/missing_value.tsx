/** Placeholders: `–` for no value now, `n/a` with the reason for a value that cannot be known. */
export function None() {
  return <span className="ink-3">–</span>
}

export function NotAvailable({ reason }: { reason: string }) {
  return (
    <span className="ink-3" title={`n/a: ${reason}`}>
      n/a<span className="sr-only">: {reason}</span>
    </span>
  )
}
