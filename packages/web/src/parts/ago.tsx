import { useLanguage } from '../words/index.tsx'
import { useTicking } from './now.ts'

/** How long ago, ticking; the time itself is in its title. */
export function Ago({ at, long = false }: { at: number | undefined; long?: boolean }) {
  const { format, words } = useLanguage()
  const text = useTicking((now) => {
    if (at === undefined) return ''
    const duration = format.duration(Math.max(0, now - at))
    return long ? (now - at < 1_000 ? words.justNow : words.ago(duration)) : duration
  })
  if (at === undefined) return null
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={format.full(date)}>
      {text}
    </time>
  )
}

/** How long it takes so far, ticking. */
export function Elapsed({ since }: { since: number }) {
  const { format } = useLanguage()
  return <span className="num">{useTicking((now) => format.duration(Math.max(0, now - since)))}</span>
}
