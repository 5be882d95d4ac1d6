import type { FatigueFace, FatigueResult, FatigueTerm } from '../../../protocol/results.ts'
import { NotAvailable } from '../../components/missing_value.tsx'
import { replyText } from '../../format/message.ts'
import { number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import './fatigue_result.css'
import { FATIGUE_CLASS_LIMIT, termFigure, termName } from './fatigue_text.ts'
import { ScoreScale } from './score_scale.tsx'
import { t } from '../../i18n/i18n.ts'

export function FatigueResultView({ result }: { result: FatigueResult }) {
  const { fatigue_score: score, model, message, reason } = result
  const [face] = result.faces
  // Without a face the score is a meaningless 0, so it is hidden.
  if (reason !== undefined)
    return <p className="error-text">{punctuated(replyText(message ?? reason))}</p>
  const word = t(result.prediction_class >= 1 ? 'test:say.fatigued' : 'test:say.not_fatigued')
  return (
    <>
      <p className="score-head">
        <b className="score-value">{number(score)}</b>
        <span>{t('test:say.fatigue_scale', { word })}</span>
        <span className="grow" />
        {!model.validated && (
          <span className="tag tag-warn" title={replyText(model.evaluation ?? '')}>
            {t('test:view.heuristic_not_validated')}
          </span>
        )}
      </p>
      <ScoreScale
        score={score}
        label={t('test:say.fatigue_label', { score: number(score), limit: FATIGUE_CLASS_LIMIT })}
        limit={{
          at: FATIGUE_CLASS_LIMIT,
          label: t('test:say.class_limit', { limit: FATIGUE_CLASS_LIMIT }),
        }}
      />
      <dl className="facts fatigue-measures">
        <dt>{t('test:view.confidence')}</dt>
        <dd className="num">{number(result.confidence, 2)}</dd>
      </dl>
      {face && <Measures face={face} />}
      {result.parts.length > 0 && <Parts parts={result.parts} />}
      {message !== undefined && (
        <p className="small ink-2 result-note">{punctuated(replyText(message))}</p>
      )}
    </>
  )
}

function Measures({ face }: { face: FatigueFace }) {
  return (
    <dl className="facts">
      <dt title={t('test:view.eye_opening_tooltip')}>{t('test:view.eye_opening')}</dt>
      <dd className="num">
        {number(face.ear, 2)}{' '}
        <span className="ink-3">
          {t('test:say.right_left', {
            right: number(face.ear_right, 2),
            left: number(face.ear_left, 2),
          })}
        </span>
      </dd>
      <dt title={t('test:view.mouth_opening_tooltip')}>{t('test:view.mouth_opening')}</dt>
      <dd className="num">{number(face.mar, 2)}</dd>
      <dt title={t('test:view.head_pitch_tooltip')}>{t('test:view.head_pitch')}</dt>
      <dd className="num">{number(face.pitch_deg, 1)}°</dd>
    </dl>
  )
}

function Parts({ parts }: { parts: readonly FatigueTerm[] }) {
  return (
    <table className="fatigue-parts">
      <caption className="sr-only">{t('test:view.score_parts')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('test:view.score_part')}</th>
          <th scope="col">{t('test:view.seen')}</th>
          <th scope="col">{t('test:view.full_at')}</th>
          <th scope="col">{t('test:view.points')}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.name}>
            <th scope="row">{termName(part.name)}</th>
            <td>
              {part.value === null ? (
                <NotAvailable reason={t('test:say.needs_frames')} />
              ) : (
                termFigure(part.value, part.unit)
              )}
            </td>
            <td>{termFigure(part.cut_off, part.unit)}</td>
            <td>
              {part.points === null ? (
                <NotAvailable reason={t('test:say.left_out_weight')} />
              ) : (
                number(part.points, 1)
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
