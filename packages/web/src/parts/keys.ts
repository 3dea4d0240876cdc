import { useEffect, useLayoutEffect, useRef } from 'react'

/** Keys that work while nothing is being typed: `j`, `Enter`, `?`. A handler that returns `false` has not used the key. */
export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void | false>>

const typing = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"], .cm-editor'

export function useKeys(keys: KeyMap, isOn = true): void {
  const latest = useRef(keys)
  // Before the next key can come: on a busy machine two of them are pressed sooner than an effect would run.
  useLayoutEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    if (!isOn) return
    const listener = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as Element | null
      if (target?.closest(typing) || document.querySelector('dialog[open]') || target?.closest('[role="menu"]')) return
      // Enter and space belong to what has the focus.
      if ((event.key === 'Enter' || event.key === ' ') && target?.closest('a, button, [role="treeitem"], [role="tab"]')) return
      const handle = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : latest.current[event.key.toLowerCase()]
      if (handle && handle(event) !== false) event.preventDefault()
    }
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [isOn])
}
