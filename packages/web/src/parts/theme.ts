import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const key = 'plimsoll.theme'
const listeners = new Set<() => void>()

export function readTheme(): Theme {
  const own = document.documentElement.dataset['theme']
  return own === 'light' || own === 'dark' ? own : 'system'
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // Without storage it lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

/** What is shown now, whoever decided it. */
function isDark(): boolean {
  const theme = readTheme()
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}

export function switchTheme(): void {
  setTheme(isDark() ? 'light' : 'dark')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener('change', listener)
  }
}

export function useTheme(): { theme: Theme; isDark: boolean } {
  return { theme: useSyncExternalStore(subscribe, readTheme), isDark: useSyncExternalStore(subscribe, isDark) }
}
