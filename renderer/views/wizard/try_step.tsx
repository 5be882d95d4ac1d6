/** Step 2: it really runs, beside what is configured, and answers one real request. */
import { CircleCheck, LoaderCircle, Play, RotateCw, TriangleAlert } from 'lucide-react'
import { useRef, useState } from 'react'
import { providerName } from '../../format/backend_words.ts'
import { fileSize, ms } from '../../format/number.ts'
import { clockMs } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { kindOfBackend, type InputKind } from '../../state/input_kind.ts'
import { prettyJson } from '../test/pretty_json.ts'
import { nameOf, type Draft } from './draft.ts'
import { drawnEeg, drawnPicture } from './trial_input.ts'
import { useTrial, type Answer, type TrialState } from './use_trial.ts'

/** A message of the control plane holds a mebibyte, and base64 takes a third more. */
const FILE_BYTES_MAX = 700 * 1024
const ANSWER_SHOWN = 4000

interface TryStepProps {
  draft: Draft
  onBack(): void
  onNext(): void
}

export function TryStep({ draft, onBack, onNext }: TryStepProps) {
  const trial = useTrial(draft)
  const { view, answer } = trial
  const kind = kindOfBackend({ name: nameOf(draft), models: [] })
  const hasAnswered = answer.phase === 'answered'
  return (
    <>
      <div className="wizard-body">
        <State trial={trial} />
        {view !== null && <Output lines={view.lines} />}
        {view?.is_ready === true && <Request trial={trial} kind={kind} />}
      </div>
      <div className="dialog-foot">
        <span className="grow small ink-2">{!hasAnswered && t('wizard:untried')}</span>
        <button type="button" className="btn" onClick={onBack}>
          {t('wizard:back')}
        </button>
        <button type="button" className={hasAnswered ? 'btn btn-primary' : 'btn'} onClick={onNext}>
          {t(hasAnswered ? 'wizard:write' : 'wizard:write_untried')}
        </button>
      </div>
    </>
  )
}

function State({ trial: { view, problem, again } }: { trial: TrialState }) {
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
      <span className="grow">{stateWords(view, problem)}</span>
      {isBad && (
        <button type="button" className="btn btn-small" onClick={again}>
          <RotateCw size={13} strokeWidth={1.5} aria-hidden />
          {t('wizard:again')}
        </button>
      )}
    </div>
  )
}

function stateWords(view: TrialState['view'], problem: string | null): string {
  if (problem !== null) return t('wizard:not_begun', { reason: problem })
  if (view === null) return t('wizard:checking')
  if (view.has_failed) return t('wizard:failed', { reason: view.detail ?? '' })
  if (view.is_ready) {
    const provider = view.provider === null ? 'n/a' : providerName(view.provider)
    return t('wizard:ready', { provider, port: view.port })
  }
  const words = t('wizard:starting', { port: view.port })
  return view.detail === null ? words : `${words} ${view.detail}`
}

function Output({ lines }: { lines: NonNullable<TrialState['view']>['lines'] }) {
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

function Request({ trial, kind }: { trial: TrialState; kind: InputKind }) {
  const chooser = useRef<HTMLInputElement>(null)
  const [tooLarge, setTooLarge] = useState<string | null>(null)
  const isBusy = trial.answer.phase === 'waiting'
  const send = async (file?: File) => {
    setTooLarge(null)
    if (file !== undefined && file.size > FILE_BYTES_MAX) {
      setTooLarge(t('wizard:too_large', { name: file.name, max: fileSize(FILE_BYTES_MAX) }))
      return
    }
    await trial.send(kind, file ?? (kind === 'eeg' ? drawnEeg() : await drawnPicture()))
  }
  return (
    <>
      <h3 className="wizard-head">{t('wizard:request')}</h3>
      <div className="row">
        <button
          type="button"
          className="btn btn-small btn-primary"
          disabled={isBusy}
          onClick={() => void send()}
        >
          <Play size={12} strokeWidth={1.75} aria-hidden />
          {t('wizard:send')}
        </button>
        <button
          type="button"
          className="btn btn-small"
          disabled={isBusy}
          onClick={() => chooser.current?.click()}
        >
          {t('wizard:choose')}
        </button>
        <span className="small ink-2">
          {t(kind === 'eeg' ? 'wizard:request_eeg' : 'wizard:request_image')}
        </span>
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
      {tooLarge !== null && (
        <p className="small stop" role="alert">
          {tooLarge}
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
        <p className="small ink-2" role="status">
          {t('wizard:sending')}
        </p>
      )
    case 'failed':
      return (
        <p className="small stop" role="alert">
          {t('wizard:no_answer', { reason: answer.reason })}
        </p>
      )
    case 'answered':
    case 'refused': {
      const isGood = answer.phase === 'answered'
      return (
        <>
          <p className={isGood ? 'small ok' : 'small stop'} role={isGood ? 'status' : 'alert'}>
            {t(isGood ? 'wizard:answered' : 'wizard:refused', { took: ms(answer.tookMs) })}
          </p>
          <pre
            className="well wizard-output"
            tabIndex={0}
            aria-label={t('wizard:request')}
            lang="en"
          >
            {prettyJson(answer.text).slice(0, ANSWER_SHOWN)}
          </pre>
        </>
      )
    }
  }
}
