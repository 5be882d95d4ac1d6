/** Capitalizes a protocol message and adds the full stop. */
export function punctuated(message: string): string {
  // Before Chinese text it is a value, such as localhost.
  const startsWithWord = /^[a-z]+(?=[ ,:;](?! *[\u3400-\u9fff])|$)/.test(message)
  const start = startsWithWord ? message.charAt(0).toUpperCase() + message.slice(1) : message
  if (/[.!?…。！？]$/.test(start)) return start
  // Chinese messages end with their own full stop, also after a value.
  return /^[\u3400-\u9fff]|[\u3400-\u9fff）”]$/.test(start) ? `${start}。` : `${start}.`
}
