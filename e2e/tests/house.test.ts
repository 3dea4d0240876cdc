import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../harness/paths.ts'

/** From top to bottom. A package may use those in the rows below its own, and `web` only `api`. */
const house: string[][] = [
  ['cli'],
  ['web'],
  ['server'],
  ['delivery', 'models', 'forge', 'notifications'],
  ['applications', 'workflows', 'embedded-cluster'],
  ['render', 'git', 'registry', 'records'],
  ['kube', 'network', 'processes'],
  ['api'],
]
const rowOf = new Map(house.flatMap((names, row) => names.map((name) => [name, row] as const)))

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(directory, entry.name)) : /\.tsx?$/.test(entry.name) ? [join(directory, entry.name)] : [],
  )
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true
  if (from === 'web') return to === 'api'
  return (rowOf.get(to) ?? -1) > (rowOf.get(from) ?? 99)
}

describe('the house', () => {
  const packages = readdirSync(join(root, 'packages'))

  it('has only rooms that are on the plan', () => {
    expect(packages.toSorted()).toEqual([...rowOf.keys()].toSorted())
  })

  it.each(packages)('%s uses only what is below it, by its front door', (name) => {
    const wrong: string[] = []
    for (const file of sources(join(root, 'packages', name, 'src'))) {
      for (const imported of importsOf(file)) {
        const match = /^@plimsoll\/([^/]+)(\/.*)?$/.exec(imported)
        if (imported.startsWith('../') && join(file, '..', imported).split('/packages/')[1]?.split('/')[0] !== name)
          wrong.push(`${file}: ${imported}`)
        if (!match) continue
        const isSideDoor = imported === '@plimsoll/render/engines' || (imported === '@plimsoll/forge/testing' && file.endsWith('.test.ts'))
        if (match[2] !== undefined && !isSideDoor) wrong.push(`${file}: ${imported} goes past the front door`)
        if (!isAllowed(name, match[1] ?? '')) wrong.push(`${file}: ${imported}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('knows the embedded cluster only where the whole is put together', () => {
    const users = packages.filter((name) =>
      sources(join(root, 'packages', name, 'src')).some((file) => importsOf(file).includes('@plimsoll/embedded-cluster')),
    )
    expect(users).toEqual(['cli'])
  })
})
