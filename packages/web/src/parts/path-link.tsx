import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { OutsideLink } from './outside-link.tsx'

/** A link that an answer of the API gives: a path of the console, or a page elsewhere. What is neither is shown as text. */
export function PathLink({ to, className = 'link', children }: { to: string | undefined; className?: string; children: ReactNode }) {
  const router = useRouter()
  const path = ownPath(to)
  if (path === undefined) return <OutsideLink to={to}>{children}</OutsideLink>
  return (
    <a
      className={className}
      href={path}
      onClick={(event) => {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        router.history.push(path)
      }}
    >
      {children}
    </a>
  )
}

/** The path of an address of this console; undefined for any other. */
function ownPath(to: string | undefined): string | undefined {
  if (!to) return undefined
  try {
    const url = new URL(to, location.origin)
    // `//host` and `/\host` are other hosts.
    return url.origin === location.origin && (to.startsWith('/') || /^https?:/i.test(to)) ? url.pathname + url.search + url.hash : undefined
  } catch {
    return undefined
  }
}
