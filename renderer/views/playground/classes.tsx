import clsx from 'clsx'
import { replyText } from '../../format/message.ts'
import { number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { t } from '../../i18n/i18n.ts'
import type { Run } from '../../state/runs.ts'
import { useSelectedFinding } from './finding_chooser.tsx'
import type { Reading } from './reply_reading.ts'

interface ClassesProps {
  reading: Reading
  backend: string
  run: Run
}

export function Classes({ reading, backend, run }: ClassesProps) {
  const selected = useSelectedFinding(backend, run)
  if (reading.prediction === null) {
    return (
      <p className="error-text">
        {punctuated(replyText(reading.reason ?? t(`test:say.nothing_found.${reading.noun}`)))}
      </p>
    )
  }
  const own = reading.findings[selected]?.classes ?? []
  if (own.length > 0 || reading.classes.length > 0) {
    const classes = own.length > 0 ? own : reading.classes
    return (
      <div className="result-classes">
        {classes.map(({ label, probability }, index) => (
          <ClassRow key={index} label={label} share={probability} isFirst={index === 0} />
        ))}
      </div>
    )
  }
  return (
    <div className="result-classes">
      {reading.findings.map(({ label, score }, index) => (
        <ClassRow key={index} label={label} share={score} isFirst={index === selected} />
      ))}
    </div>
  )
}

function ClassRow({ label, share, isFirst }: { label: string; share: number; isFirst: boolean }) {
  return (
    <div className={clsx('class-row', isFirst && 'is-first')}>
      <span className="ellipsis" title={label}>
        {label}
      </span>
      <span className="class-bar">
        <i className="bar-fill" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="num">{number(share, 3)}</span>
    </div>
  )
}
