import { Popover } from 'radix-ui'
import { useState, type FormEvent } from 'react'
import { clockMinutes, dayAndMonth } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { chooseSpan, shownSpan, useChartSpan } from '../../../state/chart_span.ts'
import './span_picker.css'
import { fieldsOf, spanTyped, yesterday, type SpanFields, type SpanProblem } from './span_typed.ts'
import { axisOf } from './span_text.ts'
import { Button } from '../../../components/button.tsx'

export function SpanPicker() {
  const [isOpen, setIsOpen] = useState(false)
  const isFixed = useChartSpan((state) => typeof shownSpan(state) !== 'string')
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <button type="button" aria-pressed={isFixed}>
          {t('overview:pick.open')}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover span-picker"
          align="start"
          sideOffset={6}
          aria-label={t('overview:pick.title')}
        >
          <SpanForm onDone={() => setIsOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function SpanForm({ onDone }: { onDone: () => void }) {
  const [fields, setFields] = useState(() =>
    fieldsOf(axisOf(shownSpan(useChartSpan.getState()), Date.now())),
  )
  const [problem, setProblem] = useState<SpanProblem | null>(null)
  const change = (changed: Partial<SpanFields>) => {
    setFields((old) => ({ ...old, ...changed }))
    setProblem(null)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const span = spanTyped(fields, Date.now())
    if ('kind' in span) {
      setProblem(span)
      return
    }
    chooseSpan(span)
    onDone()
  }
  const isEndWrong = problem?.kind === 'no_end' || problem?.kind === 'order'
  return (
    <form onSubmit={submit} noValidate>
      <MomentFields
        end="from"
        date={fields.fromDate}
        time={fields.fromTime}
        isWrong={problem !== null && !isEndWrong}
        onDate={(fromDate) => change({ fromDate })}
        onTime={(fromTime) => change({ fromTime })}
      />
      <MomentFields
        end="to"
        date={fields.toDate}
        time={fields.toTime}
        isWrong={isEndWrong}
        onDate={(toDate) => change({ toDate })}
        onTime={(toTime) => change({ toTime })}
      />
      <p
        id="span-picker-note"
        className={problem === null ? 'caption ink-2' : 'caption stop'}
        role={problem === null ? undefined : 'alert'}
      >
        {problem === null ? t('overview:pick.note') : spanProblemText(problem)}
      </p>
      <div className="row">
        <Button onClick={() => change(fieldsOf(yesterday(Date.now())))}>
          {t('overview:pick.yesterday')}
        </Button>
        <span className="grow" />
        <Button look="primary" type="submit">
          {t('overview:pick.show')}
        </Button>
      </div>
    </form>
  )
}

interface MomentFieldsProps {
  end: 'from' | 'to'
  date: string
  time: string
  isWrong: boolean
  onDate: (date: string) => void
  onTime: (time: string) => void
}

function MomentFields({ end, date, time, isWrong, onDate, onTime }: MomentFieldsProps) {
  const common = {
    className: 'field',
    'aria-invalid': isWrong || undefined,
    'aria-describedby': 'span-picker-note',
  }
  return (
    <fieldset className="span-moment">
      <legend>{t(`overview:pick.${end}`)}</legend>
      <input
        {...common}
        type="date"
        aria-label={t(`overview:pick.${end}_date`)}
        value={date}
        onChange={(event) => onDate(event.target.value)}
      />
      <input
        {...common}
        type="time"
        aria-label={t(`overview:pick.${end}_time`)}
        value={time}
        onChange={(event) => onTime(event.target.value)}
      />
    </fieldset>
  )
}

function spanProblemText(problem: SpanProblem): string {
  const moment = (at: number) => `${dayAndMonth(at)} ${clockMinutes(at, at)}`
  switch (problem.kind) {
    case 'no_start':
    case 'no_end':
      return t(`overview:pick.${problem.kind}`)
    case 'order':
      return t('overview:pick.order', {
        start: moment(problem.startMs),
        end: moment(problem.endMs),
      })
    case 'future':
      return t('overview:pick.future', { start: moment(problem.startMs) })
    case 'too_old':
      return t('overview:pick.too_old', { oldest: moment(problem.oldestMs) })
    default:
      return problem satisfies never
  }
}
