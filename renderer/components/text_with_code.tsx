export function TextWithCode({ text }: { text: string }) {
  const parts = text.split('`')
  // Odd parts are between backticks.
  return parts.map((part, index) =>
    index % 2 === 1 ? <code key={index}>{part}</code> : <span key={index}>{part}</span>,
  )
}
