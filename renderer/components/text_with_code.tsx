/** A sentence in which what stands in backticks is code. */
export function TextWithCode({ text }: { text: string }) {
  const parts = text.split('`')
  // Between the first and the second backtick, the third and the fourth: every odd part.
  return parts.map((part, index) =>
    index % 2 === 1 ? <code key={index}>{part}</code> : <span key={index}>{part}</span>,
  )
}
