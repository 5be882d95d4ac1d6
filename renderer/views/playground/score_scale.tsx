import './score_scale.css'

interface ScoreScaleProps {
  score: number
  label: string
  /** From this value on the class changes. */
  limit?: { at: number; label: string }
}

const TICKS = Array.from({ length: 11 }, (_, index) => index * 10)

export function ScoreScale({ score, label, limit }: ScoreScaleProps) {
  const at = Math.max(0, Math.min(100, score))
  return (
    <div className="score-scale" role="img" aria-label={label}>
      <i className="score-marker" style={{ left: `${at}%` }} />
      <div className="score-bar">
        {limit && <i className="bar-fill" style={{ left: `${limit.at}%` }} />}
      </div>
      {TICKS.map((tick) => (
        <i key={tick} className="score-tick" style={{ left: `${tick}%` }} />
      ))}
      <div className="score-labels caption ink-3">
        <span>0</span>
        {limit && <span style={{ left: `${limit.at}%` }}>{limit.label}</span>}
        <span>100</span>
      </div>
    </div>
  )
}
