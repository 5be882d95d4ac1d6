/** How files of each kind are sent: the keys beside them in `data`, and allowed changes to their bytes. */
import type { Descriptor } from '../../protocol/descriptor.ts'
import { fileKeyOf, type FileKind } from '../../protocol/file_kind.ts'
import { sentFile, type SentMessage } from '../api/sent_message.ts'
import { eegKeys, type EegInput, type EegKeys } from './eeg_input.ts'

interface FileInput {
  noun: string
  isTimed: boolean
  keysOf(typed: EegInput): EegKeys
  /** Its reader ignores trailing bytes, so that a load test can vary each request. */
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
