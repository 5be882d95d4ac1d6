/** The warning of an EEG answer whose sampling rate was assumed, with the way to set it right. */
import { useId, useState } from 'react'
import { EEG_RATE_HZ } from '../../../protocol/eeg_rate.ts'
import type { EegResult } from '../../../protocol/results.ts'
import { useActions } from '../../state/actions_context.ts'
import { number } from '../../format/number.ts'
import { eegRateOf } from '../../state/eeg_rate.ts'
import { useUi } from '../../state/ui_store.ts'
import { t } from '../../i18n/i18n.ts'

export function AssumedRate({ recording }: Pick<EegResult, 'recording'>) {
  const id = useId()
  const { bench } = useActions()
  const { sampling_rate: assumed, sampling_rate_suggested: suggested } = recording
  const [typed, setTyped] = useState(suggested === undefined ? '' : String(suggested))
  const rate = eegRateOf(typed)
  return (
    <form
      className="assumed-rate grow"
      onSubmit={(event) => {
        event.preventDefault()
        if (typeof rate !== 'number') return
        useUi.setState({ eegRateHz: rate })
        void bench.run()
      }}
    >
      <p>
        {t('test:say.rate_assumed', { rate: number(assumed) })}
        {suggested !== undefined && ` ${t('test:say.rate_suggested', { rate: suggested })}`}
      </p>
      <div className="row">
        <label htmlFor={id}>{t('test:view.sampling_rate')}</label>
        <input
          id={id}
          className="field num"
          inputMode="decimal"
          autoComplete="off"
          value={typed}
          aria-invalid={rate === undefined || undefined}
          title={t('test:say.rate_range', {
            min: EEG_RATE_HZ.min,
            max: number(EEG_RATE_HZ.max),
          })}
          onChange={({ target: { value } }) => setTyped(value)}
        />
        <span className="small">{t('test:view.hz')}</span>
        <button type="submit" className="btn btn-small" disabled={typeof rate !== 'number'}>
          {t('test:view.run_again')}
        </button>
      </div>
    </form>
  )
}
