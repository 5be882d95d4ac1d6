/** Step 2: runs the backend beside the configured ones and sends one real request. */
import clsx from 'clsx'
import { CircleCheck, LoaderCircle, Play, RotateCw, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { providerName } from '../../format/backend_text.ts'
import { ms } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { clockMs } from '../../format/time.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { FILE_KINDS, takesFile } from '../../../protocol/file_kind.ts'
import { type Draft, nameOf } from './draft.ts'
import { fieldOfFailure } from './trial_run_fault.ts'
import { DRAWN_INPUTS, kindOfInput } from './trial_run_input.ts'
import { type Answer, type TrialRunState, useTrialRun } from './use_trial_run.ts'
import { useWizard } from './wizard_store.ts'
import { Button } from '../../components/button.tsx'
import type { Run } from '../../state/runs.ts'
import { prettyJson } from '../playground/pretty_json.ts'
import '../playground/result_column.css'
import { ResultSection } from '../playground/result_section.tsx'
import { InputStage } from '../playground/stage.tsx'
import '../playground/playground_view.css'

interface TryStepProps {
  onBack(): void
  /** `hasAnswered`: one request succeeded, so it may serve. */
  onNext(hasAnswered: boolean): void
}

export function TryStep({ onBack, onNext }: TryStepProps) {
  const draft = useWizard((state) => state.draft)
  const trial = useTrialRun(draft)
  const { view, answer } = trial
  const hasAnswered = answer.phase === 'answered'
  const isExternal = draft.source === 'external'
  useJumpToField(draft, trial, onBack)
  return (
    <>
      <div className="wizard-body">
        <State trial={trial} isExternal={isExternal} />
        {view !== null && !isExternal && <Output lines={view.lines} />}
        {view?.is_ready === true && <Request trial={trial} name={nameOf(draft)} />}
      </div>
      <div className="dialog-foot">
        <span className="grow small ink-2">
          {!hasAnswered && t(isExternal ? 'wizard:untried_external' : 'wizard:untried')}
        </span>
        <Button size="medium" onClick={onBack}>
          {t('wizard:back')}
        </Button>
        <Button
          size="medium"
          look={hasAnswered ? 'primary' : undefined}
          onClick={() => onNext(hasAnswered)}
        >
          {t(hasAnswered ? 'wizard:write' : 'wizard:write_untried')}
        </Button>
      </div>
    </>
  )
}

/** Jumps to the field that can fix the failure. */
function useJumpToField(draft: Draft, { view, problem }: TrialRunState, onBack: () => void): void {
  const reason = problem ?? (view?.has_failed === true ? (view.detail ?? '') : null)
  const shown = problem ?? (view && fieldText(view, 'detail')) ?? ''
  const cause = view?.cause ?? null
  const field = reason === null ? null : fieldOfFailure(draft.source, { reason, cause })
  useEffect(() => {
    if (field === null || reason === null) return
    useWizard.setState({ trialRunFault: { field, message: failureText(shown, cause) } })
    onBack()
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each failure, not for each draw.
  }, [field, reason])
}

/** The cause is more specific than the exit code. */
function failureText(reason: string, cause: NonNullable<TrialRunState['view']>['cause']): string {
  // In a terminal, the marks separate commands from text.
  return cause === null
    ? punctuated(reason)
    : `${fieldText(cause, 'cause')} ${fieldText(cause, 'remedy')}`.replaceAll('`', '')
}

function State({
  trial: { view, problem, again },
  isExternal,
}: {
  trial: TrialRunState
  isExternal: boolean
}) {
  const isBad = problem !== null || view?.has_failed === true
  return (
    <div className="row wizard-state" role={isBad ? 'alert' : 'status'}>
      {isBad ? (
        <TriangleAlert size={16} strokeWidth={1.5} className="stop" aria-hidden />
      ) : view?.is_ready === true ? (
        <CircleCheck size={16} strokeWidth={1.5} className="ok" aria-hidden />
      ) : (
        <LoaderCircle size={16} strokeWidth={1.5} className="accent" aria-hidden />
      )}
      <span className="grow">{trialRunState(view, problem, isExternal)}</span>
      {isBad && (
        <Button icon={RotateCw} onClick={again}>
          {t('words:try_again')}
        </Button>
      )}
    </div>
  )
}

function trialRunState(
  view: TrialRunState['view'],
  problem: string | null,
  isExternal: boolean,
): string {
  if (problem !== null) return t('wizard:not_begun', { reason: problem })
  if (view === null) return t('words:checking')
  if (view.has_failed) {
    const reason = failureText(fieldText(view, 'detail') ?? '', view.cause)
    return t(isExternal ? 'wizard:unreachable' : 'wizard:failed', { reason })
  }
  if (view.is_ready) {
    const provider = view.provider === null ? 'n/a' : providerName(view.provider)
    return t('wizard:ready', { provider, port: view.port })
  }
  const label = t(isExternal ? 'wizard:connecting' : 'wizard:starting', { port: view.port })
  const detail = fieldText(view, 'detail')
  return detail === null ? label : `${label} ${detail}`
}

function Output({ lines }: { lines: NonNullable<TrialRunState['view']>['lines'] }) {
  return (
    <>
      <h3 className="wizard-head">{t('wizard:output')}</h3>
      <pre className="well wizard-output" tabIndex={0} aria-label={t('wizard:output')} lang="en">
        {lines.length === 0
          ? t('wizard:no_output')
          : lines
              .map((line) => `${clockMs(line.time)} ${line.level.toUpperCase()} ${line.message}`)
              .join('\n')}
      </pre>
    </>
  )
}

function Request({ trial, name }: { trial: TrialRunState; name: string }) {
  const chooser = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const isBusy = trial.answer.phase === 'waiting'
  const descriptor = trial.view?.descriptor ?? null
  const drawnKind = FILE_KINDS.find((kind) => takesFile(descriptor, kind)) ?? 'image'
  const send = async (file: File) => {
    const kind = await kindOfInput(file)
    setProblem(kind === null ? t('test:source.neither', { name: file.name }) : null)
    if (kind !== null) await trial.send(name, kind, file)
  }
  const sendDrawn = async () => {
    setProblem(null)
    await trial.send(name, drawnKind, await DRAWN_INPUTS[drawnKind]())
  }
  return (
    <>
      <h3 className="wizard-head">{t('wizard:request')}</h3>
      <div className="row wizard-request">
        <Button icon={Play} look="primary" disabled={isBusy} onClick={() => void sendDrawn()}>
          {t('wizard:send')}
        </Button>
        <Button disabled={isBusy} onClick={() => chooser.current?.click()}>
          {t('wizard:choose')}
        </Button>
        <span className="small ink-2">{t(`wizard:request_sends.${drawnKind}`)}</span>
        <input
          ref={chooser}
          type="file"
          hidden
          aria-label={t('wizard:choose')}
          onChange={(event) => {
            const [file] = event.target.files ?? []
            if (file) void send(file)
            event.target.value = ''
          }}
        />
      </div>
      {problem !== null && (
        <p className="small stop" role="alert">
          {problem}
        </p>
      )}
      <AnswerView answer={trial.answer} />
    </>
  )
}

function AnswerView({ answer }: { answer: Answer }) {
  switch (answer.phase) {
    case 'none':
      return null
    case 'waiting':
      return (
        <p className="small ink-2 wizard-answered" role="status">
          {t('wizard:sending')}
        </p>
      )
    case 'failed':
      return (
        <p className="small stop wizard-answered" role="alert">
          {t('words:no_answer', { reason: answer.reason })}
        </p>
      )
    case 'answered':
    case 'refused': {
      const isGood = answer.phase === 'answered'
      return (
        <>
          <p
            className={clsx('small wizard-answered', isGood ? 'ok' : 'stop')}
            role={isGood ? 'status' : 'alert'}
          >
            {t(isGood ? 'wizard:answered' : 'wizard:refused', { took: ms(answer.tookMs) })}
          </p>
          <TrialRunAnswer run={answer.run} text={answer.text} />
        </>
      )
    }
  }
}

/** `prettyJson` cuts long lists; this limits the rest. */
const TEXT_SHOWN = 4000

function TrialRunAnswer({ run, text }: { run: Run; text: string }) {
  const { input, exchanges } = run
  return (
    <>
      <div className="wizard-answer">
        <div className="wizard-stage">
          <InputStage input={input} run={run} />
        </div>
        <div className="wizard-result">
          {exchanges.map((exchange) => (
            <ResultSection key={exchange.requestId} exchange={exchange} run={run} />
          ))}
        </div>
      </div>
      <details className="wizard-json">
        <summary className="small">{t('wizard:message')}</summary>
        <pre className="well wizard-output" tabIndex={0} aria-label={t('wizard:message')} lang="en">
          {prettyJson(text).slice(0, TEXT_SHOWN)}
        </pre>
      </details>
    </>
  )
}
