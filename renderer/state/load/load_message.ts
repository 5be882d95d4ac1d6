/** The request around its id: `head` + id + `middle` + varied part + `tail`. */
export interface LoadMessage {
  head: string
  middle: string
  tail: string
  /** Each request has different trailing bytes, so that no cache answers. */
  isVaried: boolean
}

export function loadText({ head, middle, tail, isVaried }: LoadMessage): (id: string) => string {
  let varied = 0
  return (id) => {
    // Six bytes as base64.
    const extra = isVaried ? (varied++ % 36 ** 8).toString(36).padStart(8, '0') : ''
    return `${head}${id}${middle}${extra}${tail}`
  }
}
