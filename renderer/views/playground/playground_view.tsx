/** Playground: sends a picture or EEG file over the same WebSocket as any client and draws the reply. */
import { Tabs } from 'radix-ui'
import { useEffect } from 'react'
import { useWindowSize } from '../../hooks/window_size.ts'
import { useKeys } from '../../hooks/use_keys.ts'
import { useActions } from '../../state/actions_context.ts'
import { isBusy } from '../../state/runs.ts'
import {
  currentRun,
  TEST_PANES,
  usePlayground,
  type TestPane,
} from '../../state/playground_store.ts'
import { InputColumn } from './input_column.tsx'
import { ResultColumn } from './result_column.tsx'
import { RunList } from './run_list.tsx'
import { Stage } from './stage.tsx'
import './playground_view.css'
import { TimingBars } from './timing_bars.tsx'
import { t } from '../../i18n/i18n.ts'

/** Below this width three columns would clip their content. */
const COLUMNS_WIDTH_MIN = 900

export function PlaygroundView() {
  const { sender } = useActions()
  useKeys({
    'Ctrl+Enter': () => void sender.run(),
    Escape: () => {
      const run = currentRun(usePlayground.getState())
      if (!run || !isBusy(run)) return false
      sender.cancel()
      return true
    },
  })
  const { width } = useWindowSize()
  return width < COLUMNS_WIDTH_MIN ? <OneColumn /> : <ThreeColumns />
}

function ThreeColumns() {
  return (
    <div className="view test">
      {TEST_PANES.map((pane) => (
        <section key={pane} className="test-column" {...regionOf(pane)}>
          <PaneBody pane={pane} />
        </section>
      ))}
    </div>
  )
}

function OneColumn() {
  const chosen = usePlayground((state) => state.pane)
  const runId = usePlayground((state) => state.currentRunId)
  const hasProblem = usePlayground((state) => state.problem !== null)
  // Switch to the pane that shows the run or the error.
  useEffect(() => {
    if (runId !== null && usePlayground.getState().pane === 'input')
      usePlayground.setState({ pane: 'answer' })
  }, [runId])
  useEffect(() => {
    if (hasProblem) usePlayground.setState({ pane: 'input' })
  }, [hasProblem])
  return (
    <Tabs.Root
      className="view test is-narrow"
      value={chosen}
      onValueChange={(pane) => usePlayground.setState({ pane: pane as TestPane })}
    >
      <Tabs.List className="tabs test-panes" aria-label={t('test:panes.name')}>
        {TEST_PANES.map((pane) => (
          <Tabs.Trigger key={pane} value={pane}>
            {t(`test:panes.${pane}`)}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {TEST_PANES.map((pane) => (
        <Tabs.Content key={pane} value={pane} className="test-column" {...regionOf(pane)}>
          <PaneBody pane={pane} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}

/** For F6, which cycles through regions. */
function regionOf(pane: TestPane) {
  const names: Record<TestPane, string> = {
    input: t('test:view.input_and_runs'),
    picture: t('test:view.picture_or_recording'),
    answer: t('test:panes.answer'),
  }
  return { 'aria-label': names[pane], 'data-region': true, tabIndex: -1 }
}

function PaneBody({ pane }: { pane: TestPane }) {
  switch (pane) {
    case 'input':
      return (
        <>
          <h1 className="sr-only">{t('shell:view.test')}</h1>
          <InputColumn />
          <RunList />
        </>
      )
    case 'picture':
      return (
        <>
          <Stage />
          <TimingBars />
        </>
      )
    case 'answer':
      return <ResultColumn />
  }
}
