/** Source filter. Chips that do not fit fold into a menu. */
import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useLayoutEffect, useState } from 'react'
import { useElementSize } from '../../hooks/element_size.ts'
import { t } from '../../i18n/i18n.ts'
import { showAllSources, toggleSource, useLogs } from '../../state/log_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import './export_menu.css'
import { Chip } from '../../components/button.tsx'

export function SourceChips() {
  const colours = useSourceColours()
  const chosen = useLogs((state) => state.sources)
  // A selected source stays visible even if its backend was removed.
  const names = [...new Set([...Object.keys(colours), ...chosen])]
  const [frame, { width }] = useElementSize<HTMLDivElement>()
  const [fit, setFit] = useState<ChipFit>({ amount: names.length, width: null })
  const key = names.join('\n')
  useLayoutEffect(() => {
    const chips = frame.current?.querySelectorAll<HTMLElement>('.logs-chips > .chip') ?? []
    const widths = Array.from(chips, (chip) => chip.offsetWidth)
    setFit(chipsThatFit(widths, width))
  }, [frame, width, key])
  // The first chip shows all sources.
  const shown = Math.max(0, fit.amount - 1)
  const folded = names.slice(shown)
  return (
    <div className="logs-sources" ref={frame}>
      <div className="logs-chips" style={fit.width === null ? undefined : { width: fit.width }}>
        <Chip isPressed={chosen.length === 0} onClick={showAllSources}>
          {t('words:all')}
        </Chip>
        {names.map((name, index) => (
          <Chip
            key={name}
            isPressed={chosen.includes(name)}
            title={name}
            style={index < shown ? undefined : { visibility: 'hidden' }}
            onClick={() => toggleSource(name)}
          >
            <SourceMark colour={colours[name]} />
            <span className="ellipsis">{name}</span>
          </Chip>
        ))}
      </div>
      {folded.length > 0 && <FoldedSources names={folded} />}
    </div>
  )
}

function FoldedSources({ names }: { names: readonly string[] }) {
  const colours = useSourceColours()
  const chosen = useLogs((state) => state.sources)
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className="chip"
        data-chosen={names.some((name) => chosen.includes(name)) ? '' : undefined}
        aria-label={t('logs:filter.more', { count: names.length })}
      >
        +{names.length}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="popover menu menu-long" align="end" sideOffset={4}>
          {names.map((name) => (
            <DropdownMenu.CheckboxItem
              key={name}
              className="menu-row"
              checked={chosen.includes(name)}
              onCheckedChange={() => toggleSource(name)}
              onSelect={(event) => event.preventDefault()}
            >
              <SourceMark colour={colours[name]} />
              <span className="grow ellipsis" title={name}>
                {name}
              </span>
              <DropdownMenu.ItemIndicator>
                <Check size={13} strokeWidth={1.75} aria-hidden />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function SourceMark({ colour = 'var(--d0)' }: { colour: string | undefined }) {
  return <i className="source-mark" style={{ background: colour }} />
}

const GAP_PX = 6
const FOLDED_PX = 44

export interface ChipFit {
  /** Leading chips that fit. */
  amount: number
  /** Their width with gaps, px; null: all fit. */
  width: number | null
}

/** `widths` of the chips and the available `room`, px. */
export function chipsThatFit(widths: readonly number[], room: number): ChipFit {
  const ends: number[] = []
  for (const width of widths) ends.push((ends.at(-1) ?? -GAP_PX) + GAP_PX + width)
  if (room === 0 || (ends.at(-1) ?? 0) <= room) return { amount: widths.length, width: null }
  const fitting = ends.filter((end) => end + GAP_PX + FOLDED_PX <= room)
  return { amount: fitting.length, width: fitting.at(-1) ?? 0 }
}
