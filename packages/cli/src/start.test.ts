import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** Packages that are read before any command is known, by following imports that are not of types alone. */
function readAtTheStart(file: string, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  seen.add(file)
  for (const [, what = '', from = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) ([\w\s{},*]*?)\bfrom '([^']+)'/gm)) {
    if (what.startsWith('type ') || /^\{( type \w+,?)+ \}\s*$/.test(what) || from.startsWith('node:')) continue
    const next = join(dirname(file), from)
    if (!from.startsWith('.')) found.add(from)
    else if (!seen.has(next)) readAtTheStart(next, seen, found)
  }
  return found
}

it('begins with no more than every command needs: each package more would be felt at each call', () => {
  expect([...readAtTheStart(join(import.meta.dirname, 'main.ts'))].toSorted()).toEqual(['commander', 'undici', 'yaml'])
})
