import { useEffect, useRef, useState, type ReactNode } from 'react'

/** Drawn this far above and below what is in sight. */
const margin = '1500px 0px'

/**
 * Draws what it holds while it is near the part of the page in sight; elsewhere it keeps the room, first as estimated, later as it was.
 * What holds the focus stays.
 */
export function Near({
  estimate,
  children,
  isPinned = false,
  stays = false,
}: {
  estimate: number
  children: () => ReactNode
  isPinned?: boolean
  /** Once drawn it stays, with what the reader did in it. */
  stays?: boolean
}) {
  const ref = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(false)
  const height = useRef(estimate)
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1)
        if (!entry) return
        if (!entry.isIntersecting) {
          if (stays) return
          if (element.contains(document.activeElement)) return
          if (element.childElementCount > 0) height.current = entry.boundingClientRect.height || height.current
        }
        setNear(entry.isIntersecting)
      },
      { rootMargin: margin },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [stays])
  const isDrawn = isNear || isPinned
  return (
    <div ref={ref} style={isDrawn ? undefined : { height: height.current }}>
      {isDrawn && children()}
    </div>
  )
}
