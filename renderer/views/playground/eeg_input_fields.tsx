/** Options of EEG files; shown if a backend accepts them or one is on the stage. */
import { useId, useState } from 'react'
import { EEG_RATE_HZ, EEG_UNITS } from '../../../protocol/eeg_input.ts'
import { number } from '../../format/number.ts'
import { channelNamesOf, eegKeys, eegRateOf } from '../../state/eeg_input.ts'
import { takesFile } from '../../../protocol/file_kind.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { stageInput, stageKind, usePlayground } from '../../state/playground_store.ts'
import { changePreferences, useUi } from '../../state/ui_store.ts'
import { t } from '../../i18n/i18n.ts'

export function EegInputFields() {
  const hasBackend = usePanel((state) =>
    backendsOf(state).some(({ descriptor }) => takesFile(descriptor, 'eeg')),
  )
  const isOnStage = usePlayground((state) => stageKind(state) === 'eeg')
  const hasPicture = usePlayground((state) => stageInput(state)?.kind === 'image')
  if (!hasBackend && !isOnStage) return null
  return <EegOptions key={String(hasPicture)} hasPicture={hasPicture} />
}

/** Collapsed for a picture, where they would push the backends out of view. */
function EegOptions({ hasPicture }: { hasPicture: boolean }) {
  // Only initially: an emptied field stays.
  const [isOpen, setIsOpen] = useState(
    () => !hasPicture || Object.keys(eegKeys(useUi.getState())).length > 0,
  )
  return (
    <details
      className="eeg-options"
      open={isOpen}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className="small">{t('test:eeg_input.options')}</summary>
      <RateField />
      <UnitField />
      <NamesField />
    </details>
  )
}

function RateField() {
  const id = useId()
  const inForce = useUi((state) => state.eegRateHz)
  const [typed, setTyped] = useState(inForce === null ? '' : String(inForce))
  const rate = eegRateOf(typed)
  const isInvalid = rate === undefined
  // A warning about a missing rate has its own field.
  const shown = isInvalid || rate === inForce ? typed : inForce === null ? '' : String(inForce)
  return (
    <>
      <div className="eeg-input row">
        <label htmlFor={id} className="small ink-2">
          {t('test:view.eeg_sampling_rate')}
        </label>
        <input
          id={id}
          className="field num"
          inputMode="decimal"
          autoComplete="off"
          placeholder={t('test:say.rate_placeholder', { rate: EEG_RATE_HZ.default })}
          title={t('test:view.rate_tooltip')}
          value={shown}
          aria-invalid={isInvalid || undefined}
          aria-describedby={isInvalid ? `${id}-problem` : undefined}
          onChange={({ target: { value } }) => {
            setTyped(value)
            const typedRate = eegRateOf(value)
            // The last valid rate applies meanwhile.
            if (typedRate !== undefined) changePreferences({ eegRateHz: typedRate })
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

function UnitField() {
  const id = useId()
  const inForce = useUi((state) => state.eegUnit)
  return (
    <div className="eeg-input row">
      <label htmlFor={id} className="small ink-2">
        {t('test:eeg_input.unit')}
      </label>
      <select
        id={id}
        className="field"
        value={inForce ?? ''}
        onChange={({ target: { value } }) => {
          changePreferences({ eegUnit: EEG_UNITS.find((unit) => unit === value) ?? null })
        }}
      >
        <option value="">{t('test:eeg_input.unit_of_file')}</option>
        {EEG_UNITS.map((unit) => (
          <option key={unit} value={unit}>
            {t(`test:eeg_input.units.${unit}`)}
          </option>
        ))}
      </select>
    </div>
  )
}

function NamesField() {
  const id = useId()
  const inForce = useUi((state) => state.eegChannelNames)
  const [typed, setTyped] = useState(inForce?.join(', ') ?? '')
  const isSame = (channelNamesOf(typed) ?? []).join() === (inForce ?? []).join()
  return (
    <div className="eeg-input row">
      <label htmlFor={id} className="small ink-2">
        {t('test:eeg_input.names')}
      </label>
      <input
        id={id}
        className="field"
        autoComplete="off"
        spellCheck={false}
        placeholder={t('test:eeg_input.unit_of_file')}
        title={t('test:eeg_input.names_title')}
        // A warning about missing names has its own field.
        value={isSame ? typed : (inForce?.join(', ') ?? '')}
        onChange={({ target: { value } }) => {
          setTyped(value)
          useUi.setState({ eegChannelNames: channelNamesOf(value) })
        }}
      />
    </div>
  )
}
