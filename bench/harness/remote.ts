/** A bench program in a child process, called like an object. Buffers are passed unchanged. */
import { fork, type ChildProcess } from 'node:child_process'

/** Commands of a program; every result is awaited. */
export type Commands<C> = { [K in keyof C]: (params: never) => unknown }

interface Call {
  id: number
  name: string
  params: unknown
}

type Answer = { id: number; result: unknown } | { id: number; error: string }

export class Remote<C extends Commands<C>> {
  readonly pid: number
  private readonly child: ChildProcess
  private readonly waiting = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void }
  >()
  private nextId = 0

  constructor(file: string) {
    // Without tsx, which runs the bench itself: bundled programs do not need it, and it slows their start.
    this.child = fork(file, [], {
      serialization: 'advanced',
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.pid = this.child.pid ?? 0
    this.child.on('message', (answer: Answer) => {
      const waiting = this.waiting.get(answer.id)
      this.waiting.delete(answer.id)
      if ('error' in answer) waiting?.reject(new Error(answer.error))
      else waiting?.resolve(answer.result)
    })
    this.child.once('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error(`${file} ended with ${signal ?? `code ${code}`}`))
      }
      this.waiting.clear()
    })
  }

  call<K extends keyof C & string>(
    name: K,
    params: Parameters<C[K]>[0],
  ): Promise<Awaited<ReturnType<C[K]>>> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, {
        resolve: (result) => {
          resolve(result as Awaited<ReturnType<C[K]>>)
        },
        reject,
      })
      this.child.send({ id, name, params } satisfies Call)
    })
  }

  /** Ends the process and waits for it. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await ended
  }
}

/** The program's side. It exits with its parent. */
export function answerCommands<C extends Commands<C>>(commands: C): void {
  const answer = (message: Answer) => process.send?.(message)
  process.on('message', ({ id, name, params }: Call) => {
    const command = commands[name as keyof C] as (given: never) => unknown
    Promise.resolve()
      .then(() => command(params as never))
      .then(
        (result) => answer({ id, result }),
        (error: unknown) =>
          answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : 'failed' }),
      )
      .catch(() => process.exit(1))
  })
  process.on('disconnect', () => process.exit(0))
}
