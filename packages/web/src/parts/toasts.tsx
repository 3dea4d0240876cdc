import { useEffect, useSyncExternalStore, type ReactNode } from 'react'
import type { Look } from '../facts/tone.ts'
import { useWords } from '../words/index.tsx'
import { IconButton } from './button.tsx'
import { Icon } from './icon.tsx'

export interface Toast {
  id: number
  look: Look
  title: string
  text?: ReactNode
  action?: ReactNode
}

const shownMs = 6_000
/** More than this would hide what they are about. */
const most = 4

let nextId = 1
let toasts: readonly Toast[] = []
const listeners = new Set<() => void>()

function publish(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Says how something fared that the reader started. With `replaces`, the same toast goes on with new words. */
export function toast(content: Omit<Toast, 'id'>, replaces?: number): number {
  const id = replaces !== undefined && toasts.some((one) => one.id === replaces) ? replaces : nextId++
  const next = { ...content, id }
  publish(toasts.some((one) => one.id === id) ? toasts.map((one) => (one.id === id ? next : one)) : [...toasts, next].slice(-most))
  return id
}

export function dismiss(id: number): void {
  publish(toasts.filter((one) => one.id !== id))
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <div className="toasts" role="region" aria-live="off">
      {shown.map((one) => (
        <OneToast key={one.id} toast={one} />
      ))}
    </div>
  )
}

function OneToast({ toast: one }: { toast: Toast }) {
  const words = useWords()
  const isError = one.look.tone === 'bad'
  const stays = isError || one.look.turning === true
  useEffect(() => {
    if (stays) return
    const timer = setTimeout(() => dismiss(one.id), shownMs)
    return () => clearTimeout(timer)
  }, [one, stays])
  return (
    <div className={`toast tone-${one.look.tone}`} role={isError ? 'alert' : 'status'}>
      <Icon name={one.look.glyph} className={`glyph${one.look.turning ? ' turning' : ''}`} />
      <div>
        <p>
          <strong>{one.title}</strong>
        </p>
        {one.text && <p className="soft small">{one.text}</p>}
      </div>
      {one.action}
      <IconButton icon="i-x" label={words.common.dismiss} look="ghost" small onClick={() => dismiss(one.id)} />
    </div>
  )
}
