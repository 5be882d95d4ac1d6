/** EEG reply: the index and its meaning, score over time, rejected windows, band powers, eye state. */
import { artefactText, eyesText, loadText, qualityText } from './signal_text.ts'
import { Fragment, useState } from 'react'
import {
  EEG_BANDS,
  type EegBand,
  type EegResult,
  type EyeState,
} from '../../../protocol/results.ts'
import { NotAvailable } from '../../components/missing_value.tsx'
import { replyText } from '../../format/message.ts'
import { number, percent } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { decadeShare, powerDecades } from './eeg_geometry.ts'
import './eeg_result.css'
import { recordingText } from './eeg_stage.tsx'
import { ScoreChart } from './score_chart.tsx'
import { ScoreScale } from './score_scale.tsx'
import { t } from '../../i18n/i18n.ts'
import { Chip } from '../../components/button.tsx'

export function RecordingNote({ result }: { result: EegResult }) {
  return <span className="small ink-3 no-wrap">{recordingText(result)}</span>
}

export function EegResultView({ result }: { result: EegResult }) {
  return (
    <>
      <Score result={result} />
      <Quality result={result} />
      <BandPowers result={result} />
      <Eyes result={result} />
    </>
  )
}

function Score({ result }: { result: EegResult }) {
  const { brain_load_score: score, message, index } = result
  const state = result.state === null ? '' : loadText(result.state)
  const source = replyText(index.source)
  const note = (
    <p className="small ink-3 result-note">
      {punctuated(`${replyText(index.name)}: ${index.formula}`)} {punctuated(source)}
    </p>
  )
  if (score === null) {
    return (
      <>
        <p className="error-text">{punctuated(replyText(message ?? t('test:say.no_score')))}</p>
        {note}
      </>
    )
  }
  return (
    <>
      <p className="score-head">
        <b className="score-value">{number(score)}</b>
        <span>
          {t('test:say.load_scale')} <b>{state}</b>
        </span>
        <span className="grow" />
        <span className="tag tag-warn" title={source}>
          {t('test:view.published_index')}
        </span>
      </p>
      <ScoreScale score={score} label={t('test:say.load_label', { score: number(score), state })} />
      <ScoreChart result={result} />
      {note}
    </>
  )
}

function Quality({ result }: { result: EegResult }) {
  const { artefact_windows: artefacts, windows_total: total, channels, recording } = result
  const reasons = [...new Set(artefacts.flatMap((window) => window.reasons))]
  return (
    <div className="eeg-part">
      <h3>{t('test:view.signal_quality')}</h3>
      <dl className="facts">
        <dt>{t('test:view.windows_left_out')}</dt>
        <dd className="num">
          {t('test:say.share', { n: number(artefacts.length), total: number(total) })}
          {reasons.length > 0 && ` (${artefactText(reasons)})`}
        </dd>
        <dt>{t('test:view.electrodes')}</dt>
        <dd>{total === 0 ? t('test:say.not_judged_window') : electrodeText(channels)}</dd>
        <RecordingFacts recording={recording} />
      </dl>
      {recording.notes.map((note) => (
        <p className="small ink-2 result-note" key={note}>
          {punctuated(replyText(note))}
        </p>
      ))}
    </div>
  )
}

/** What the reply is based on, and where it was found. */
function RecordingFacts({ recording }: Pick<EegResult, 'recording'>) {
  const { sampling_rate: rate, sampling_rate_from: rateFrom, unit, unit_from: unitFrom } = recording
  const facts = [
    { term: t('test:view.sampling_rate'), value: `${number(rate)} Hz`, source: rateFrom },
    { term: t('test:view.unit'), value: (unit ?? '').replaceAll('uV', 'µV'), source: unitFrom },
  ]
  return (
    <>
      {facts.map(
        ({ term, value, source }) =>
          source !== undefined && (
            <Fragment key={term}>
              <dt>{term}</dt>
              <dd>{t('test:say.from_source', { value, source: sourceText(source) })}</dd>
            </Fragment>
          ),
      )}
      {recording.left_out.length > 0 && (
        <>
          <dt>{t('test:view.left_out')}</dt>
          <dd>
            {recording.left_out
              .map(({ label, reason }) =>
                t('test:say.left_out_channel', { label, reason: replyText(reason) }),
              )
              .join(t('words:list_separator'))}
          </dd>
        </>
      )}
    </>
  )
}

const SOURCES = ['request', 'file', 'clock', 'format', 'assumed'] as const

/** Falls back to the raw source for newer backends. */
function sourceText(source: string): string {
  const known = SOURCES.find((one) => one === source)
  return known === undefined ? source : t(`test:say.source.${known}`)
}

function electrodeText(channels: EegResult['channels']): string {
  const notGood = channels.filter(({ quality }) => quality.level !== 'good')
  if (notGood.length === 0) return t('test:say.all_good', { count: channels.length })
  return notGood
    .map(({ name, quality }) => `${name} ${qualityText(quality.level)}`)
    .join(t('words:list_separator'))
}

const BAND_LETTERS: Record<EegBand, string> = {
  delta: 'δ',
  theta: 'θ',
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
}

function BandPowers({ result: { channels, bands_hz: bands } }: { result: EegResult }) {
  const [isRelative, setIsRelative] = useState(true)
  const decades = powerDecades(channels)
  if (decades === null) return null
  return (
    <div className="eeg-part">
      <div className="row">
        <h3>{t('test:view.band_power')}</h3>
        <span className="grow" />
        <Chip isPressed={isRelative} onClick={() => setIsRelative(true)}>
          {t('words:share')}
        </Chip>
        <Chip
          isPressed={!isRelative}
          title={t('test:say.log_scale', { first: decades.first, last: decades.last })}
          onClick={() => setIsRelative(false)}
        >
          {t('test:view.power_unit')}
        </Chip>
      </div>
      <table className="band-powers">
        <caption className="sr-only">
          {t(isRelative ? 'test:say.share_caption' : 'test:say.power_caption')}
        </caption>
        <thead>
          <tr>
            <th scope="col">
              Hz<span className="sr-only"> {t('test:view.by_channel')}</span>
            </th>
            {EEG_BANDS.map((band) => (
              <th scope="col" key={band} title={band}>
                {BAND_LETTERS[band]}
                <span className="sr-only"> {band}</span> {bands[band].low}–{bands[band].high}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {channels.map(({ name, features }, index) => (
            <tr key={index}>
              <th scope="row">{name}</th>
              {EEG_BANDS.map((band) => {
                if (features === null) {
                  return (
                    <td key={band}>
                      <NotAvailable reason={t('test:say.no_good_window')} />
                    </td>
                  )
                }
                const share = features.band_power_relative[band]
                const power = features.band_power_uv2[band]
                if (share === null || power === null) {
                  return (
                    <td key={band}>
                      <NotAvailable reason={t('test:say.out_of_reach')} />
                    </td>
                  )
                }
                const length = isRelative ? share : decadeShare(power, decades)
                return (
                  <td key={band}>
                    <i className="bar-fill" style={{ width: `${length * 100}%` }} />
                    <span>{isRelative ? percent(share) : powerText(power)}</span>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** About three digits, from 0.01 µV² to many thousands. */
function powerText(power: number): string {
  return number(power, power >= 100 ? 0 : power >= 10 ? 1 : 2)
}

function Eyes({ result: { eye_state: eyes, eye_state_reason: reason } }: { result: EegResult }) {
  return (
    <div className="eeg-part">
      <h3>{t('test:view.eye_state')}</h3>
      {eyes === null ? (
        <p className="small ink-2">
          {t('test:say.not_judged', {
            reason: punctuated(replyText(reason ?? t('test:say.no_reason'))),
          })}
        </p>
      ) : (
        <EyeStateView eyes={eyes} />
      )}
    </div>
  )
}

function EyeStateView({ eyes }: { eyes: EyeState }) {
  const { pooled } = eyes.model.evaluation
  const closed = eyes.probability_closed
  const limits = replyText(eyes.model.limits)
  return (
    <>
      <div className="row">
        <b>{eyesText(eyes.prediction)}</b>
        <span className="class-bar eye-bar">
          <i className="bar-fill" style={{ width: `${closed * 100}%` }} />
        </span>
        <span className="small num">{t('test:say.closed', { p: number(closed, 2) })}</span>
        {!eyes.model.validated && (
          <span className="tag tag-warn" title={limits}>
            {t('test:view.not_validated')}
          </span>
        )}
      </div>
      <p className="small ink-3 result-note">
        {t('test:say.accuracy', { accuracy: number(pooled.balanced_accuracy, 2) })}{' '}
        {punctuated(limits)}
      </p>
    </>
  )
}
