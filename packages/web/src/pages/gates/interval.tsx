import type { CSSProperties } from 'react'
import type { DrawnPositions, RuleDrawing } from '../../facts/rule-drawing.ts'

/** Bar = interval, dot = estimate, tick = limit, hatching = not allowed. Without an interval there is only the dot. */
export function IntervalDrawing({ drawing, at, label }: { drawing: RuleDrawing; at: DrawnPositions; label: string }) {
  const percent = (value: number | undefined) => (value === undefined ? undefined : `${value}%`)
  const style = {
    '--at': percent(at.at),
    '--from': percent(at.from),
    '--to': percent(at.to),
    '--zero': percent(at.zero),
    [drawing.forbidden === 'low' ? '--low' : '--high']: percent(at.limit),
  } as CSSProperties
  return (
    <span className="interval" role="img" aria-label={label} style={style}>
      {at.zero !== undefined && <i className="zero" />}
      <i className={`beyond ${drawing.forbidden}`} />
      <i className={`limit ${drawing.forbidden}`} />
      {at.from !== undefined && <i className="range" />}
      <i className="dot" />
    </span>
  )
}
