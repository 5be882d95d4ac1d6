import { SHRINK_FROM_BYTES } from '../../../../protocol/sent_picture.ts'
import { number } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import { changePreferences, useUi } from '../../../state/ui_store.ts'

export function ShrinkChoice() {
  const isOn = useUi((state) => state.shrinkPictures)
  return (
    <label className="row small ink-2 shrink-choice" title={t('test:source.shrink_why')}>
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ target: { checked } }) => changePreferences({ shrinkPictures: checked })}
      />
      {t('test:source.shrink', { mebibytes: number(SHRINK_FROM_BYTES / 1024 ** 2) })}
    </label>
  )
}
