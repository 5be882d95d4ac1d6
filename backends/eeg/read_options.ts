/** Request options about a recording. */
import { preview, shown } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import {
  channelName,
  chooseChannels,
  nameableSignals,
  type ChannelChoice,
} from './channel_choice.ts'
import { LABEL_LENGTH_MAX, type LeftOut } from './signal.ts'

export interface ReadOptions {
  samplingRate?: unknown
  channelNames?: unknown
  unit?: unknown
}

/** Null if none are given. Throws ProtocolError for anything but a list of distinct names. */
export function requireChannelNames(value: unknown): string[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value) || value.length === 0) {
    throw new ProtocolError('invalid_request', message('eeg.names_kind', { value: shown(value) }))
  }
  const labels = value.map((label: unknown, at) => {
    if (typeof label === 'string' && label.trim() !== '' && label.length <= LABEL_LENGTH_MAX) {
      return label.trim()
    }
    throw new ProtocolError(
      'invalid_request',
      message('eeg.name_kind', { at, value: shown(label), max: LABEL_LENGTH_MAX }),
    )
  })
  requireDistinct(labels)
  return labels
}

/** Channels with the same name would be ambiguous in the reply. */
function requireDistinct(labels: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const label of labels) {
    const name = channelName(label)
    const first = seen.get(name)
    if (first !== undefined) {
      throw new ProtocolError(
        'invalid_request',
        message('eeg.same_names', { first: preview(first), second: preview(label) }),
      )
    }
    seen.set(name, label)
  }
}

/** One name per signal, or per signal that may be EEG. Null without names. Throws ProtocolError for another number. */
export function namedByRequest(
  labels: readonly string[],
  channelNames: unknown,
): (Omit<ChannelChoice, 'from'> & { from: 'request' }) | null {
  const names = requireChannelNames(channelNames)
  if (names === null) return null
  const all = labels.map((_, at) => at)
  const candidates = nameableSignals(labels)
  const chosen = [candidates, all].find(({ length }) => length === names.length)
  if (chosen === undefined) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.name_count', { names: names.length, channels: candidates.length }),
    )
  }
  const choice = chooseChannels(names, { acceptsUnknown: true })
  const unnamed: LeftOut[] = all
    .filter((at) => !chosen.includes(at))
    .map((at) => ({ label: labels[at] as string, reason: message('reply.not_named').message }))
  return {
    ...choice,
    channels: choice.channels.map(({ at, name }) => ({ at: chosen[at] as number, name })),
    from: 'request',
    leftOut: [...choice.leftOut, ...unnamed],
  }
}
