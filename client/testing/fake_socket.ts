/** A WebSocket for tests, worked by hand: the test opens it, answers, and closes it. */
export class FakeSocket extends EventTarget {
  readonly sent: string[] = []
  readyState = 0

  /** What the code under test takes it for; it uses no more than is here. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.end(1000)
  }

  accept(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  receive(message: unknown): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message)
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  end(code: number, reason = ''): void {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
  }

  /** The last message that was sent. */
  get lastSent(): { id?: number; request_id?: string; type?: string; method?: string } {
    const last: unknown = JSON.parse(this.sent.at(-1) ?? 'null')
    return last as FakeSocket['lastSent']
  }
}
