/** Runs and golden results stored by the playground. Where storage is blocked they last as long as the page. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { SentSize } from '../../../protocol/sent_picture.ts'
import type { Outcome } from '../../api/inference_client.ts'
import type { FileKind } from '../../../protocol/file_kind.ts'
import type { ExchangeContext } from '../runs.ts'
import type { Tolerance } from './tolerance.ts'

export interface KeptExchange {
  backend: string
  requestId: string
  /** Of the message, around its file. */
  head: string
  tail: string
  /** The scaled file that was sent instead, and its size. */
  sentFile?: Blob
  shrunk?: SentSize
  sentAtMs: number
  /** Absent in runs of earlier versions. */
  context?: ExchangeContext
  outcome: Outcome
}

export interface KeptRun {
  id: number
  kind: FileKind
  name: string
  file: Blob
  inputId: number
  isFrame: boolean
  exchanges: readonly KeptExchange[]
}

export interface KeptGolden {
  id: string
  name: string
  backend: string
  kind: FileKind
  file: Blob
  expected: unknown
  tolerance: Tolerance
  madeAtMs: number
}

interface Schema extends DBSchema {
  runs: { key: number; value: KeptRun }
  goldens: { key: string; value: KeptGolden }
}

export type TestDatabase = IDBPDatabase<Schema>

const NAME = 'switchyard.test'
const VERSION = 1

export function openDatabase(): Promise<TestDatabase> {
  return openDB<Schema>(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore('runs', { keyPath: 'id' })
      database.createObjectStore('goldens', { keyPath: 'id' })
    },
    blocking(_current, _blocked, event) {
      ;(event.target as IDBDatabase).close()
    },
  })
}
