import { useEffect, useRef, useState } from 'react'
import { YamlLine } from './yaml-line.tsx'

/** As in the style sheet: 1.1875rem. */
const lineHeight = 19
/** Beyond this only the lines in sight are drawn. */
const drawnWhole = 600
const around = 40

/** Text with line numbers. A long one scrolls in its own frame and draws only what is in sight. */
export function CodeView({ text, label }: { text: string; label: string }) {
  const lines = text.split('\n')
  const frame = useRef<HTMLDivElement>(null)
  const [first, setFirst] = useState(0)
  const isLong = lines.length > drawnWhole
  useEffect(() => {
    const element = frame.current
    if (!element || !isLong) return
    const look = () => setFirst(Math.max(0, Math.floor(element.scrollTop / lineHeight / 20) * 20 - around))
    element.addEventListener('scroll', look, { passive: true })
    return () => element.removeEventListener('scroll', look)
  }, [isLong])
  const from = isLong ? Math.min(first, lines.length) : 0
  const to = isLong ? Math.min(lines.length, from + around * 2 + 80) : lines.length
  return (
    <div ref={frame} className={isLong ? 'diff-scroll tall' : 'diff-scroll'} tabIndex={0} role="region" aria-label={label}>
      <table className="code-lines" role="presentation">
        <tbody>
          {from > 0 && <tr style={{ height: from * lineHeight }} />}
          {lines.slice(from, to).map((line, index) => (
            <tr key={from + index}>
              <td className="ln">{from + index + 1}</td>
              <td className="code">
                <YamlLine text={line} />
              </td>
            </tr>
          ))}
          {to < lines.length && <tr style={{ height: (lines.length - to) * lineHeight }} />}
        </tbody>
      </table>
    </div>
  )
}
