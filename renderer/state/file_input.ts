/** How a file of each kind is sent: what stands beside it in `data`, and what may be done to its bytes. */
import type { Descriptor } from '../../protocol/descriptor.ts'
import { fileKeyOf, type FileKind } from '../../protocol/file_kind.ts'
import { sentFile, type SentMessage } from '../api/sent_message.ts'
import { eegKeys, type EegInput, type EegKeys } from './eeg_input.ts'

interface FileInput {
  /** What a pasted file without a name is called. */
  noun: string
  /** The time of sending stands beside it. */
  isTimed: boolean
  /** From what a person typed. */
  keysOf(typed: EegInput): EegKeys
  /** Its reader ignores bytes behind the end: a load test can make each request differ. */
  isVariable: boolean
}

export const FILE_INPUTS: Record<FileKind, FileInput> = {
  image: { noun: 'picture', isTimed: true, keysOf: () => ({}), isVariable: true },
  eeg: { noun: 'EEG file', isTimed: false, keysOf: eegKeys, isVariable: false },
}

export const NOTHING_TYPED: EegInput = { eegRateHz: null, eegUnit: null, eegChannelNames: null }

export function sentInput(
  requestId: string,
  { kind, file }: { kind: FileKind; file: Blob },
  to: { descriptor: Descriptor | null; nowMs: number; typed: EegInput },
): SentMessage {
  const { isTimed, keysOf } = FILE_INPUTS[kind]
  return sentFile(
    requestId,
    { key: fileKeyOf(to.descriptor, kind), file },
    { ...(isTimed && { timestamp: to.nowMs / 1000 }), ...keysOf(to.typed) },
  )
}
