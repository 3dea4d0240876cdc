import type { CSSProperties } from 'react'
import { type LoadMark, loadScale } from '../../facts/rule-drawing.ts'
import { Icon } from '../../parts/icon.tsx'
import { useWords } from '../../words/index.tsx'

/** How far each rule stands above its limit, or below it, in standard errors. */
export function LoadLine({ marks, confidence, unseen }: { marks: readonly LoadMark[]; confidence: number; unseen: number }) {
  const words = useWords()
  const w = words.gates
  if (marks.length === 0) return null
  const { bottom, top } = loadScale(marks)
  const to = (value: number) => (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom)
  const level = { '--limit': to(0) } as CSSProperties
  return (
    <figure className="waterline" aria-label={w.loadLine} style={level}>
      <figcaption>
        {w.loadCaption(Math.round(confidence * 100))}
        {unseen > 0 && ` ${w.withoutInterval(unseen)}`}
      </figcaption>
      <div className="waterline-frame">
        <ol>
          {marks.map(({ name, z, low, high }) => (
            <li key={name} style={{ '--z': to(z), '--low': to(low), '--high': to(high) } as CSSProperties}>
              <span className="visually-hidden">{w.standardErrors(z)}</span>
              <i className="whisker" />
              <i className="point" />
              <span className="z" aria-hidden="true">
                {z < 0 ? '\u2212' : ''}
                {Math.abs(z).toFixed(1)}
              </span>
              <span className="rule-name">{name}</span>
            </li>
          ))}
        </ol>
        <span className="load-line" aria-hidden="true">
          <Icon name="i-mark" className="mark" />
        </span>
      </div>
    </figure>
  )
}
