import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'

/** Rows that are made when they are looked at. */
export interface Rows<R> {
  readonly length: number
  at(index: number): R | undefined
  /** By what was measured of the row's key, else a height to reckon with, in px. */
  heightAt(index: number, measured: ReadonlyMap<string, number>): number
}

export interface Window<R> {
  rows: readonly { row: R; index: number }[]
  before: number
  after: number
  /** Measures a row that is drawn. */
  measure: (key: string, element: HTMLElement | null) => void
  scrollTo: (index: number) => void
}

/** Drawn above and below what is in sight, in px. */
const overscan = 400

/**
 * Draws only the rows in sight of the page, which scrolls as a whole. Rows may have any height: they are measured when they come,
 * and remembered by key, so that rows which are reordered keep theirs.
 */
export function useVirtualRows<R>(rows: Rows<R>, top: RefObject<HTMLElement | null>): Window<R> {
  const heights = useRef(new Map<string, number>())
  const [version, setVersion] = useState(0)
  const [view, setView] = useState({ from: 0, to: 1200 })

  const offsets = useMemo(() => {
    void version
    const result = new Float64Array(rows.length + 1)
    for (let index = 0; index < rows.length; index++) result[index + 1] = (result[index] ?? 0) + rows.heightAt(index, heights.current)
    return result
  }, [rows, version])

  useEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      const element = top.current
      if (!element) return
      const start = -element.getBoundingClientRect().top
      // In steps, so that not every pixel of scrolling draws again.
      const from = Math.floor((start - overscan) / 100) * 100
      const to = Math.ceil((start + window.innerHeight + overscan) / 100) * 100
      setView((before) => (before.from === from && before.to === to ? before : { from, to }))
    }
    const soon = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    window.addEventListener('scroll', soon, { passive: true, capture: true })
    window.addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('scroll', soon, { capture: true })
      window.removeEventListener('resize', soon)
    }
  }, [top, rows.length])

  const changed = useRef(false)
  const observer = useRef<ResizeObserver | undefined>(undefined)
  const elements = useRef(new Map<string, HTMLElement>())
  const note = useCallback((key: string, height: number) => {
    if (height <= 0 || Math.abs((heights.current.get(key) ?? -1) - height) < 0.5) return
    heights.current.set(key, height)
    if (changed.current) return
    changed.current = true
    queueMicrotask(() => {
      changed.current = false
      setVersion((one) => one + 1)
    })
  }, [])
  useLayoutEffect(() => {
    const known = elements.current
    const watching = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const key = (entry.target as HTMLElement).dataset['rowKey']
        if (key !== undefined) note(key, entry.borderBoxSize[0]?.blockSize ?? 0)
      }
    })
    observer.current = watching
    for (const element of known.values()) watching.observe(element)
    return () => watching.disconnect()
  }, [note])
  const measure = useCallback((key: string, element: HTMLElement | null) => {
    const old = elements.current.get(key)
    if (old && old !== element) observer.current?.unobserve(old)
    if (!element) {
      elements.current.delete(key)
      return
    }
    element.dataset['rowKey'] = key
    elements.current.set(key, element)
    observer.current?.observe(element)
  }, [])

  const scrollTo = useCallback(
    (index: number) => {
      const element = top.current
      if (!element) return
      const start = element.getBoundingClientRect().top + window.scrollY
      const from = start + (offsets[index] ?? 0)
      const to = start + (offsets[index + 1] ?? 0)
      const margin = 120
      if (from - margin < window.scrollY) window.scrollTo({ top: from - margin })
      else if (to + margin > window.scrollY + window.innerHeight) window.scrollTo({ top: to + margin - window.innerHeight })
    },
    [offsets, top],
  )

  let first = 0
  while (first < rows.length && (offsets[first + 1] ?? 0) < view.from) first += 1
  let last = first
  const drawn: { row: R; index: number }[] = []
  while (last < rows.length && (offsets[last] ?? 0) < view.to) {
    const row = rows.at(last)
    if (row) drawn.push({ row, index: last })
    last += 1
  }
  return {
    rows: drawn,
    before: offsets[first] ?? 0,
    after: (offsets[rows.length] ?? 0) - (offsets[last] ?? 0),
    measure,
    scrollTo,
  }
}
