import type { ControlResult } from '../protocol/control.ts'
import { ControlError, saidBy } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { Access } from './http/access.ts'
import { openTokenFile, replaceTokenFile, watchTokenFile } from './token_file.ts'

export class TokenKeeper {
  readonly access: Access
  /** Why the token has changed or is temporary; null otherwise. */
  readonly notice: string | null
  private readonly file: string
  private readonly unwatch: () => void
  private listener: (token: string) => Promise<void> = () => Promise.resolve()
  private isReplacing = false

  private constructor(file: string, { access, notice }: { access: Access; notice: string | null }) {
    this.file = file
    this.access = access
    this.notice = notice
    this.unwatch = watchTokenFile(file, (token) => {
      if (!this.isReplacing) void this.adopt(token)
    })
  }

  /** `now` is monotonic milliseconds. Never rejects. */
  static async open(file: string, now: () => number): Promise<TokenKeeper> {
    const { token, notice } = await openTokenFile(file)
    return new TokenKeeper(file, { access: new Access(token, now), notice })
  }

  /** Called after each replacement; must not reject. */
  onReplaced(listener: (token: string) => Promise<void>): void {
    this.listener = listener
  }

  /** When the file cannot be written, rejects with ControlError and keeps the old token. */
  async replace(): Promise<ControlResult<'token.replace'>> {
    this.isReplacing = true
    try {
      await this.adopt(await replaceTokenFile(this.file))
    } catch (error) {
      throw new ControlError(
        'not_written',
        message('call.token_unwritten', { file: this.file, reason: saidBy(error) }),
      )
    } finally {
      this.isReplacing = false
    }
    const { token, key } = this.access
    return { token, key }
  }

  close(): void {
    this.unwatch()
  }

  private async adopt(token: string): Promise<void> {
    if (token === this.access.token) return
    this.access.adopt(token)
    await this.listener(token)
  }
}
