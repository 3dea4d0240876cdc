import type { ChangedFile } from '@plimsoll/api'
import { useState } from 'react'
import { fingerprint } from '../../../facts/patch.ts'

/** So many pull requests are remembered: the oldest is forgotten first. */
const mostPulls = 100

/** Which files the reader has seen, in this browser alone. A file that changed since counts as not seen. */
export function useViewed(
  repository: string,
  number: number,
): { isViewed: (file: ChangedFile) => boolean; mark: (file: ChangedFile, on: boolean) => void } {
  const key = `plimsoll.viewed.${repository}#${number}`
  const [seen, setSeen] = useState<ReadonlyMap<string, string>>(() => read(key))
  return {
    isViewed: (file) => seen.size > 0 && seen.has(file.path) && seen.get(file.path) === fingerprint(file),
    mark: (file, on) => {
      const next = new Map(seen)
      if (on) next.set(file.path, fingerprint(file))
      else next.delete(file.path)
      setSeen(next)
      write(key, next)
    },
  }
}

function read(key: string): ReadonlyMap<string, string> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    if (!Array.isArray(stored)) return new Map()
    return new Map(stored.filter((one): one is [string, string] => Array.isArray(one) && one.every((text) => typeof text === 'string')))
  } catch {
    return new Map()
  }
}

function write(key: string, seen: ReadonlyMap<string, string>): void {
  try {
    if (seen.size === 0) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify([...seen]))
    const all = Object.keys(localStorage).filter((one) => one.startsWith('plimsoll.viewed.'))
    for (const one of all.filter((name) => name !== key).slice(0, Math.max(0, all.length - mostPulls))) localStorage.removeItem(one)
  } catch {
    // Without storage the marks last as long as the page.
  }
}
