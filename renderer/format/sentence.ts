/** A message of the protocol as a sentence of the panel: a capital at the start, a stop at the end. */
export function sentence(message: string): string {
  // A key or a path at the start, such as `data.image`, stays as it is spelled.
  const isWord = /^[a-z]+(?=[ ,:;]|$)/.test(message)
  const start = isWord ? message.charAt(0).toUpperCase() + message.slice(1) : message
  if (/[.!?…。！？]$/.test(start)) return start
  // Chinese words end with their own full stop, also where a value stands last.
  return /[\u3400-\u9fff）”]$/.test(start) ? `${start}。` : `${start}.`
}
