/** What came back: read out as a result, or word for word as JSON. */
import { Tabs } from 'radix-ui'
import { currentRun, useTest } from '../../state/test_store.ts'
import { JsonView } from './json_view.tsx'
import './result_column.css'
import { ResultSection } from './result_section.tsx'
import { RunFacts } from './run_facts.tsx'

export function ResultColumn() {
  const run = useTest(currentRun)
  return (
    <Tabs.Root className="results" defaultValue="result">
      <Tabs.List className="tabs results-tabs" aria-label="Answer as">
        <Tabs.Trigger value="result">Result</Tabs.Trigger>
        <Tabs.Trigger value="json">JSON</Tabs.Trigger>
      </Tabs.List>
      <Tabs.Content value="result" className="results-body" tabIndex={-1}>
        {run ? (
          <>
            {run.exchanges.map((exchange) => (
              <ResultSection key={exchange.requestId} exchange={exchange} run={run} />
            ))}
            <RunFacts run={run} />
          </>
        ) : (
          <p className="results-empty">The answer appears here.</p>
        )}
      </Tabs.Content>
      <Tabs.Content value="json" className="results-body" tabIndex={-1}>
        {run ? (
          <JsonView key={run.id} run={run} />
        ) : (
          <p className="results-empty">What was sent and received appears here, word for word.</p>
        )}
      </Tabs.Content>
    </Tabs.Root>
  )
}
