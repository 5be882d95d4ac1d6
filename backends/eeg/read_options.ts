/** Request options about a recording. */
import { preview } from '../../protocol/describe.ts'
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
    throw new ProtocolError(
      'invalid_request',
      `channel_names is ${preview(value)}; give a list of names, or leave it out`,
    )
  }
  const labels = value.map((label: unknown, at) => {
    if (typeof label === 'string' && label.trim() !== '' && label.length <= LABEL_LENGTH_MAX) {
      return label.trim()
    }
    throw new ProtocolError(
      'invalid_request',
      `channel_names[${at}] is ${preview(label)}; a name is a text of 1 to ${LABEL_LENGTH_MAX} characters, such as "Fp1"`,
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
        `channel_names holds ${preview(first)} and ${preview(label)}, which are the same channel; give every channel a unique name`,
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
      `channel_names holds ${names.length} names, the signal has ${candidates.length} channels; give a list of ${candidates.length} names, or leave it out`,
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
