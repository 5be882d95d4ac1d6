import { useId, useState, type ReactNode } from 'react'
import { EEG_RATE_HZ, EEG_UNITS } from '../../../protocol/eeg_input.ts'
import type { Warning } from '../../../protocol/warnings.ts'
import { number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { useActions } from '../../state/actions_context.ts'
import { channelNamesOf, eegRateOf, type EegInput } from '../../state/eeg_input.ts'
import { useUi } from '../../state/ui_store.ts'
import { Button } from '../../components/button.tsx'

/** Nothing if the panel has no such field. */
export function WarningField({ warning }: { warning: Warning }) {
  switch (warning.field) {
    case 'data.sampling_rate':
      return <RateAgain warning={warning} />
    case 'data.unit':
      return <UnitAgain warning={warning} />
    case 'data.channel_names':
      return <NamesAgain warning={warning} />
    default:
      return null
  }
}

function RateAgain({ warning: { values = {} } }: { warning: Warning }) {
  const id = useId()
  // If two sources contradict each other, the other one is the likely fix.
  const likely = values['suggested'] ?? values['other']
  const [typed, setTyped] = useState(typeof likely === 'number' ? String(likely) : '')
  const rate = eegRateOf(typed)
  return (
    <Again input={typeof rate === 'number' ? { eegRateHz: rate } : null}>
      <label htmlFor={id}>{t('test:view.sampling_rate')}</label>
      <input
        id={id}
        className="field num"
        inputMode="decimal"
        autoComplete="off"
        value={typed}
        aria-invalid={rate === undefined || undefined}
        title={t('test:say.rate_range', { min: EEG_RATE_HZ.min, max: number(EEG_RATE_HZ.max) })}
        onChange={({ target: { value } }) => setTyped(value)}
      />
      <span className="small">{t('test:view.hz')}</span>
    </Again>
  )
}

function UnitAgain({ warning: { values = {} } }: { warning: Warning }) {
  const id = useId()
  const [chosen, choose] = useState(EEG_UNITS.find((unit) => unit === values['other']) ?? null)
  return (
    <Again input={chosen === null ? null : { eegUnit: chosen }}>
      <label htmlFor={id}>{t('test:view.unit')}</label>
      <select
        id={id}
        className="field"
        value={chosen ?? ''}
        onChange={({ target: { value } }) => {
          choose(EEG_UNITS.find((unit) => unit === value) ?? null)
        }}
      >
        <option value="">{t('test:eeg_input.choose')}</option>
        {EEG_UNITS.map((unit) => (
          <option key={unit} value={unit}>
            {t(`test:eeg_input.units.${unit}`)}
          </option>
        ))}
      </select>
    </Again>
  )
}

function NamesAgain({ warning: { values = {} } }: { warning: Warning }) {
  const id = useId()
  const labels = Array.isArray(values['labels']) ? values['labels'] : null
  const [typed, setTyped] = useState(labels?.join(', ') ?? '')
  const names = channelNamesOf(typed)
  const isWrong = labels !== null && names !== null && names.length !== labels.length
  return (
    <Again input={names === null || isWrong ? null : { eegChannelNames: names }}>
      <label htmlFor={id}>{t('test:eeg_input.names_short')}</label>
      <input
        id={id}
        className="field names"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? `${id}-problem` : undefined}
        title={t('test:eeg_input.names_title')}
        onChange={({ target: { value } }) => setTyped(value)}
      />
      {isWrong && (
        <span className="small stop" id={`${id}-problem`}>
          {t('test:eeg_input.names_count', { given: names.length, count: labels.length })}
        </span>
      )}
    </Again>
  )
}

/** `input` is null before valid input. */
function Again({ input, children }: { input: Partial<EegInput> | null; children: ReactNode }) {
  const { sender } = useActions()
  return (
    <form
      className="warning-field"
      onSubmit={(event) => {
        event.preventDefault()
        if (input === null) return
        useUi.setState(input)
        void sender.run()
      }}
    >
      {children}
      <Button type="submit" disabled={input === null}>
        {t('test:view.run_again')}
      </Button>
    </form>
  )
}
