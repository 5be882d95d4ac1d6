import { LocalSocket } from '../local_socket.ts'

/** For tests: a socket that the test opens, answers and closes itself. */
export class FakeSocket extends LocalSocket {
  readonly sent: string[] = []
  rejectedStatus: number | undefined

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.end(1000)
  }

  accept(): void {
    this.opened()
  }

  receive(message: unknown): void {
    this.received(typeof message === 'string' ? message : JSON.stringify(message))
  }

  end(code: number, reason = ''): void {
    this.ended(code, reason)
  }

  get lastSent(): { id?: number; request_id?: string; type?: string; method?: string } {
    const last: unknown = JSON.parse(this.sent.at(-1) ?? 'null')
    return last as FakeSocket['lastSent']
  }
}
