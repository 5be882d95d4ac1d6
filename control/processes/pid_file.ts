/**
 * Records the children of this control plane on disk, so that after a crash the next one can end those that hang (orphans.ts).
 */
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { writeAtomically } from '../../files/atomic_file.ts'
import {
  currentMachine,
  pidFileName,
  type TrackedChild,
  type PidFileContent,
} from './pid_file_content.ts'
import type { ProcessReader } from './process_reader.ts'

export interface PidFileOptions {
  /** May be shared: each control plane has its own file. */
  folder: string
  reader: ProcessReader
  planePid?: number
  mark?: string | undefined
}

export class PidFile {
  readonly file: string
  private readonly reader: ProcessReader
  private readonly header: Omit<PidFileContent, 'children'>
  private readonly children = new Map<number, TrackedChild>()
  private pending: Promise<unknown> = Promise.resolve()

  private constructor(file: string, reader: ProcessReader, header: PidFile['header']) {
    this.file = file
    this.reader = reader
    this.header = header
  }

  /** Rejects when the start time of the control plane is unknown: the file would be useless. */
  static async open({
    folder,
    reader,
    planePid = process.pid,
    mark,
  }: PidFileOptions): Promise<PidFile> {
    const state = await reader.stateOf(planePid)
    if (state.kind !== 'running') {
      const reason = state.kind === 'gone' ? 'no such process is seen' : state.reason
      throw new Error(`the start time of the control plane (pid ${planePid}) is unknown: ${reason}`)
    }
    const { startTime } = state
    const file = path.join(folder, pidFileName({ pid: planePid, startTime }))
    return new PidFile(file, reader, {
      format: 1,
      machine: await currentMachine(),
      plane: { pid: planePid, start_time: startTime },
      ...(mark === undefined ? {} : { mark }),
    })
  }

  /**
   * Records a new child unless it has already exited. `command` is for display: pass it without secrets. Rejects when
   * the start time cannot be read or the file cannot be written.
   */
  note(child: { pid: number; backend: string; command: string }): Promise<void> {
    return this.inTurn(async () => {
      const state = await this.reader.stateOf(child.pid)
      if (state.kind === 'gone') return
      if (state.kind === 'unknown') {
        throw new Error(`the start time of pid ${child.pid} is unknown: ${state.reason}`)
      }
      this.children.set(child.pid, { ...child, start_time: state.startTime })
      await this.save()
    })
  }

  forget(pid: number): Promise<void> {
    return this.inTurn(async () => {
      if (this.children.delete(pid)) await this.save()
    })
  }

  async settled(): Promise<void> {
    await this.pending
  }

  /** An empty file would be useless, and would remain after a crash. */
  private async save(): Promise<void> {
    if (this.children.size === 0) {
      await rm(this.file, { force: true })
      return
    }
    const content: PidFileContent = { ...this.header, children: [...this.children.values()] }
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 })
    await writeAtomically(this.file, JSON.stringify(content, null, 2))
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.pending.then(work)
    this.pending = done.catch(() => undefined)
    return done
  }
}
