import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Job, PermissionLevel, Workflow } from './contract.ts'
import { effectivePermissions, permissionScopes } from './permissions.ts'
import { parseWorkflow } from './reading/workflow.ts'

function read(workflow: string, job: string): [Workflow, Job] {
  const line = (text: string): string => (text ? `permissions: ${text}` : '')
  const text = `on: push\n${line(workflow)}\njobs:\n  a:\n    ${line(job)}\n    runs-on: x\n    steps: [{ run: a }]\n`
  const parsed = parseWorkflow(text, 'w.yml').workflow
  const found = parsed?.jobs.get('a')
  if (!parsed || !found) throw new Error(text)
  return [parsed, found]
}

function levels(
  workflow: string,
  job: string,
  defaults: 'read' | 'write' = 'read',
  ceiling?: Record<string, PermissionLevel>,
): Record<string, string> {
  const all = effectivePermissions(...read(workflow, job), { defaults, ...(ceiling && { ceiling }) })
  return Object.fromEntries(Object.entries(all).filter(([, level]) => level !== 'none'))
}

describe('permissions of a job', () => {
  test('are the repository’s default where the file says nothing', () => {
    expect(levels('', '')).toEqual({ contents: 'read', packages: 'read' })
    expect(levels('', '', 'write')).toMatchObject({ contents: 'write', issues: 'write', models: 'read' })
    expect(levels('', '', 'write')).not.toHaveProperty('id-token')
  })

  test('are only what a map names', () => {
    expect(levels('{ contents: write }', '', 'write')).toEqual({ contents: 'write' })
    expect(levels('{}', '', 'write')).toEqual({})
  })

  test('replace those of the workflow', () => {
    expect(levels('write-all', '{ issues: read }')).toEqual({ issues: 'read' })
    expect(levels('{}', 'read-all')).toMatchObject({ contents: 'read', issues: 'read' })
    expect(levels('', 'write-all')).toMatchObject({ contents: 'write', 'id-token': 'write', models: 'read' })
  })

  test('never exceed the caller’s', () => {
    expect(levels('write-all', '', 'write', { contents: 'read', issues: 'write' })).toEqual({ contents: 'read', issues: 'write' })
  })

  test('With any ceiling, each scope stays at or below it', () => {
    const rank = { none: 0, read: 1, write: 2 }
    const ceiling = fc.dictionary(fc.constantFrom(...permissionScopes.keys()), fc.constantFrom<PermissionLevel>('none', 'read', 'write'))
    fc.assert(
      fc.property(ceiling, fc.constantFrom('', '{}', 'read-all', 'write-all', '{ contents: write }'), (most, written) => {
        const all = effectivePermissions(...read(written, ''), { defaults: 'write', ceiling: most })
        for (const [scope, level] of Object.entries(all)) expect(rank[level]).toBeLessThanOrEqual(rank[most[scope] ?? 'none'])
      }),
      { numRuns: 100 },
    )
  })
})
