import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

export const pages = ['README.md', ...markdownIn('docs'), ...markdownIn('examples')]

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .toSorted()
}

export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
