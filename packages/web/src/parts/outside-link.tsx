import type { ReactNode } from 'react'
import { useWords } from '../words/index.tsx'

/** The address if it is one that a browser may follow; only http and https are. */
export function safeUrl(text: string | undefined): string | undefined {
  if (!text) return undefined
  try {
    const url = new URL(text)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
  } catch {
    return undefined
  }
}

/** The one way to a page that others named. What is no web address is shown as text. */
export function OutsideLink({ to, children }: { to: string | undefined; children: ReactNode }) {
  const words = useWords()
  const href = safeUrl(to)
  if (!href) return <>{children}</>
  return (
    <a className="link" href={href} target="_blank" rel="noopener noreferrer nofollow" title={`${href} (${words.common.opensElsewhere})`}>
      {children}
    </a>
  )
}
