import { useEffect, useState, type ReactNode } from 'react'
import { useWords } from '../words/index.tsx'
import { Icon } from './icon.tsx'
import type { IconName } from './icon-sprite.tsx'

/** Nothing here: what is missing and how to get it. */
export function Empty({
  icon = 'i-search',
  title,
  children,
  bare = false,
  isPage = false,
}: {
  icon?: IconName
  title: ReactNode
  children?: ReactNode
  bare?: boolean
  /** It is all that the page says, so its title is the page's. */
  isPage?: boolean
}) {
  const Title = isPage ? 'h1' : 'h3'
  return (
    <div className={`${bare ? '' : 'panel '}empty`}>
      <Icon name={icon} className={icon === 'i-mark' ? 'mark' : ''} />
      <Title>{title}</Title>
      {children}
    </div>
  )
}

/** True once something has taken longer than a reader takes for instant. */
export function useSlow(afterMs = 300): boolean {
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), afterMs)
    return () => clearTimeout(timer)
  }, [afterMs])
  return isSlow
}

const widths = ['11rem', '8.5rem', '12.5rem', '9.5rem', '13rem', '10rem']

/** Grey lines where text will be, after 300 ms. The room is kept from the start. */
export function Bones({ lines = 4 }: { lines?: number }) {
  const words = useWords()
  const isSlow = useSlow()
  return (
    <div className="bones" aria-busy="true" aria-label={words.common.loading}>
      {Array.from({ length: lines }, (_, index) => (
        <Bone key={index} width={widths[index % widths.length] ?? '10rem'} shown={isSlow} />
      ))}
    </div>
  )
}

export function Bone({ width, shown = true }: { width: string; shown?: boolean }) {
  return <i className={shown ? 'bone' : 'bone off'} style={{ width }} />
}
