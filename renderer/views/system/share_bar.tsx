/** Stacked bar of memory users, in their usual colours. */
import clsx from 'clsx'
import { number } from '../../format/number.ts'
import type { Share } from './memory_shares.ts'
import './share_bar.css'
import { MIB } from '../../../protocol/bytes.ts'

export interface Segment extends Share {
  colour: string
  /** Memory that a stop would free. */
  isHatched?: boolean
}

interface ShareBarProps {
  segments: readonly Segment[]
  /** Rest of the whole; null if the segments are the whole. */
  freeBytes: number | null
  isThin?: boolean
}

/** Minimum share for a name with its value, and for the name alone. */
const VALUE_SHARE_MIN = 0.11
const NAME_SHARE_MIN = 0.06

/** Decorative: the table and the text above have the same values. */
export function ShareBar({ segments, freeBytes, isThin = false }: ShareBarProps) {
  const whole = segments.reduce((sum, { bytes }) => sum + bytes, freeBytes ?? 0)
  if (whole <= 0) return null
  const labelOf = ({ name, bytes }: Share): string => {
    if (isThin || bytes / whole < NAME_SHARE_MIN) return ''
    return bytes / whole < VALUE_SHARE_MIN ? name : `${name} ${number(bytes / MIB)}`
  }
  return (
    <div className={clsx('share-bar', isThin && 'share-bar-thin')} aria-hidden="true">
      {segments.map(({ name, bytes, colour, isHatched }) => (
        <span
          key={name}
          className={clsx('bar-fill', isHatched && 'share-hatched')}
          style={{ flexGrow: bytes / whole, '--share': colour } as React.CSSProperties}
          title={`${name}: ${number(bytes / MIB)} MiB`}
        >
          {labelOf({ name, bytes }) !== '' && <b>{labelOf({ name, bytes })}</b>}
        </span>
      ))}
      {freeBytes !== null && freeBytes > 0 && (
        <span className="share-free" style={{ flexGrow: freeBytes / whole }}>
          {labelOf({ name: 'free', bytes: freeBytes })}
        </span>
      )}
    </div>
  )
}
