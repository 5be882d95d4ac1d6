/** The sampling rate that is sent with EEG files; shown where a backend takes them, or one is on the stage. */
import { useId, useState } from 'react'
import { EEG_RATE_HZ } from '../../../protocol/eeg_rate.ts'
import { number } from '../../format/number.ts'
import { eegRateOf } from '../../state/eeg_rate.ts'
import { kindOfBackend } from '../../state/input_kind.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { stageKind, useTest } from '../../state/test_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { t } from '../../i18n/i18n.ts'

export function EegRate() {
  const hasBackend = usePanel((state) =>
    backendsOf(state).some((backend) => kindOfBackend(backend) === 'eeg'),
  )
  const isOnStage = useTest((state) => stageKind(state) === 'eeg')
  return hasBackend || isOnStage ? <RateField /> : null
}

function RateField() {
  const id = useId()
  const inForce = useUi((state) => state.eegRateHz)
  const [typed, setTyped] = useState(inForce === null ? '' : String(inForce))
  const rate = eegRateOf(typed)
  const isInvalid = rate === undefined
  // The answer of a file without a rate has a field of its own.
  const shown = isInvalid || rate === inForce ? typed : inForce === null ? '' : String(inForce)
  return (
    <>
      <div className="eeg-rate">
        <label htmlFor={id} className="small ink-2">
          {t('test:view.eeg_sampling_rate')}
        </label>
        <input
          id={id}
          className="field num"
          inputMode="decimal"
          autoComplete="off"
          placeholder={t('test:say.rate_placeholder', { rate: EEG_RATE_HZ.default })}
          title={t('test:view.empty_the_rate_that')}
          value={shown}
          aria-invalid={isInvalid || undefined}
          aria-describedby={isInvalid ? `${id}-problem` : undefined}
          onChange={({ target: { value } }) => {
            setTyped(value)
            const typedRate = eegRateOf(value)
            // The last good one stays in force meanwhile.
            if (typedRate !== undefined) useUi.setState({ eegRateHz: typedRate })
          }}
        />
        <span className="small ink-3">{t('test:view.hz')}</span>
      </div>
      {isInvalid && (
        <p className="small stop" id={`${id}-problem`}>
          {t('test:say.rate_range', { min: EEG_RATE_HZ.min, max: number(EEG_RATE_HZ.max) })}{' '}
          {inForce === null
            ? t('test:say.rate_none')
            : t('test:say.rate_in_force', { rate: inForce })}
        </p>
      )}
    </>
  )
}
