/** The test bench: a picture or an EEG file goes to backends over the same WebSocket as a program's, and its answer is drawn. */
import { useKeys } from '../../keyboard/use_keys.ts'
import { useActions } from '../../state/actions_context.ts'
import { isBusy } from '../../state/runs.ts'
import { currentRun, useTest } from '../../state/test_store.ts'
import { InputColumn } from './input_column.tsx'
import { ResultColumn } from './result_column.tsx'
import { RunList } from './run_list.tsx'
import { Stage } from './stage.tsx'
import './test_view.css'
import { TimingBars } from './timing_bars.tsx'
import { t } from '../../i18n/i18n.ts'

export function TestView() {
  const { bench } = useActions()
  useKeys({
    'Ctrl+Enter': () => void bench.run(),
    Escape: () => {
      const run = currentRun(useTest.getState())
      if (!run || !isBusy(run)) return false
      bench.cancel()
      return true
    },
  })
  return (
    <div className="view test">
      <section className="test-column" aria-label={t('test:view.input_and_runs')} data-region>
        <h1 className="sr-only">{t('test:view.test')}</h1>
        <InputColumn />
        <RunList />
      </section>
      <section
        className="test-column"
        aria-label={t('test:view.picture_or_recording')}
        data-region
        tabIndex={-1}
      >
        <Stage />
        <TimingBars />
      </section>
      <section className="test-column" aria-label={t('test:view.answer')} data-region>
        <ResultColumn />
      </section>
    </div>
  )
}
