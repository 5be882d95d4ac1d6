import { Tabs } from 'radix-ui'
import { lazy, Suspense, type ReactNode } from 'react'
import { t } from '../../i18n/i18n.ts'
import type { Run } from '../../state/runs.ts'
import {
  ANSWER_TABS,
  currentRun,
  usePlayground,
  type AnswerTab,
} from '../../state/playground_store.ts'
import { JsonView } from './json_view.tsx'
import './result_column.css'
import { ResultSection } from './result_section.tsx'
import { RunFacts } from './run_facts.tsx'

// Rarely used tabs are loaded on demand.
const CodeView = lazy(async () => ({ default: (await import('./code/code_view.tsx')).CodeView }))
const CompareView = lazy(async () => ({
  default: (await import('./compare/compare_view.tsx')).CompareView,
}))
const GoldenView = lazy(async () => ({
  default: (await import('./golden/golden_view.tsx')).GoldenView,
}))
const LoadTestView = lazy(async () => ({
  default: (await import('./load/load_test_view.tsx')).LoadTestView,
}))

export function ResultColumn() {
  const run = usePlayground(currentRun)
  const tab = usePlayground((state) => state.answerTab)
  return (
    <Tabs.Root
      className="results"
      value={tab}
      onValueChange={(value) => usePlayground.setState({ answerTab: value as AnswerTab })}
    >
      <Tabs.List className="tabs results-tabs" aria-label={t('test:tabs.name')}>
        {ANSWER_TABS.map((name) => (
          <Tabs.Trigger key={name} value={name}>
            {t(`test:tabs.${name}`)}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {ANSWER_TABS.map((name) => (
        <Tabs.Content key={name} value={name} className="results-body" tabIndex={-1}>
          <Suspense>{bodyOf(name, run)}</Suspense>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}

function bodyOf(tab: AnswerTab, run: Run | null): ReactNode {
  switch (tab) {
    case 'result':
      return run ? <Results run={run} /> : <Empty label={t('test:empty.result')} />
    case 'json':
      return run ? <JsonView key={run.id} run={run} /> : <Empty label={t('test:empty.json')} />
    case 'code':
      return run ? <CodeView run={run} /> : <Empty label={t('test:empty.code')} />
    case 'load':
      return <LoadTestView />
    case 'compare':
      return <CompareView />
    case 'golden':
      return <GoldenView run={run} />
  }
}

function Results({ run }: { run: Run }) {
  return (
    <>
      {run.exchanges.map((exchange) => (
        <ResultSection key={exchange.requestId} exchange={exchange} run={run} />
      ))}
      <RunFacts run={run} />
    </>
  )
}

function Empty({ label }: { label: string }) {
  return <p className="results-empty">{label}</p>
}
