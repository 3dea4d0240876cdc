import { describe, expect, it } from 'vitest'
import { RenderError } from '../../engine/tree.ts'
import { readYamlConfig } from '../config-text.ts'
import { cloneValue, isObject } from '../json.ts'
import type { ReplacementField } from '../kustomization.ts'
import { ResourceList } from '../resource-list.ts'
import { Resource } from '../resource.ts'
import { readReplacements } from './read-replacements.ts'

const target = '{select: {kind: Thing}, fieldPaths: [v], options: {create: true}}'

function run(entries: readonly ReplacementField[], files: Readonly<Record<string, string>> = {}): unknown {
  const object = cloneValue({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' } })
  if (!isObject(object)) throw new Error('no object')
  const list = ResourceList.of([new Resource(object)])
  const replace = readReplacements(entries, {
    file(path) {
      const text = files[path]
      if (text === undefined) throw new RenderError(`open ${path}: no such file or directory`)
      return text
    },
    yaml: (text) => readYamlConfig(text),
  })
  replace(list)
  return list.items[0]?.object['v']
}

describe('replacements', () => {
  it('stand in the kustomization, or in files that hold one or several', () => {
    const select = { select: { kind: 'Thing' }, fieldPaths: ['v'], options: { create: true } }

    expect(run([{ sourceValue: 'x', targets: [select] }])).toBe('x')
    expect(run([{ path: 'r.yaml' }], { 'r.yaml': `sourceValue: x\ntargets: [${target}]\n` })).toBe('x')
    expect(
      run([{ path: 'r.yaml' }], { 'r.yaml': `- {sourceValue: x, targets: [${target}]}\n- {sourceValue: z, targets: [${target}]}\n` }),
    ).toBe('z')
  })

  it('take a number in a file for the text that it is', () => {
    expect(run([{ path: 'r.yaml' }], { 'r.yaml': `sourceValue: 5\ntargets: [${target}]\nunknown: 1\n` })).toBe(5)
  })

  it.each<[ReplacementField, string]>([
    [{ path: 'r.yaml', targets: [{}] }, 'cannot specify both path and inline replacement'],
    [{ path: 'none.yaml' }, 'open none.yaml: no such file or directory'],
    [{ path: 'text.yaml' }, 'unsupported replacement type encountered within replacement path: string'],
    [{ path: 'empty.yaml' }, 'unsupported replacement type encountered within replacement path: invalid'],
  ])('refuse %j in the real words', (entry, message) => {
    expect(() => run([entry], { 'r.yaml': '[]', 'text.yaml': 'text', 'empty.yaml': '' })).toThrow(message)
  })
})
