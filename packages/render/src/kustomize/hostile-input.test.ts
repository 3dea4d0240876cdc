import { describe, expect, test } from 'vitest'
import { RenderError } from '../engine/tree.ts'
import { buildFiles, kustomize } from './testing/kustomize-for-tests.ts'

function configMap(name: string, more = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${more}`
}

describe('input that means harm', () => {
  test('aliases that multiply end with an error', () => {
    const lines = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`)
    const bomb = configMap('bomb', `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${lines.join('\n')}\n`)

    expect(() => kustomize({ 'kustomization.yaml': 'resources: [bomb.yaml]\n', 'bomb.yaml': bomb })).toThrow(
      'document holds more than 1000000 values once its aliases are written out',
    )
  })

  test('an anchor that contains itself is an error', () => {
    const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': configMap('a', 'data: &x {a: *x}\n') }

    expect(() => kustomize(files)).toThrow("anchor 'x' value contains itself")
  })

  test('nesting without end is an error', () => {
    const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': configMap('a', `data: ${'['.repeat(5_000)}\n`) }

    expect(() => kustomize(files)).toThrow(RenderError)
  })

  test('bases that are reached in more and more ways end with an error', () => {
    const levels = Array.from({ length: 16 }, (_, level) => {
      const below = ['a', 'b'].map((name) => [
        `${level}${name}/kustomization.yaml`,
        `namePrefix: ${name}\nresources: [../${level + 1}a, ../${level + 1}b]\n`,
      ])
      return below as [string, string][]
    })
    const bottom = ['a', 'b'].map((name) => [`16${name}/kustomization.yaml`, `namePrefix: ${name}\n`] as const)
    const files = Object.fromEntries([...levels.flat(), ...bottom])

    expect(() => kustomize(files, { path: '0a' })).toThrow('More than 5000 kustomizations are read')
  })

  test('names such as __proto__ and constructor are names', () => {
    const files = {
      'kustomization.yaml': `resources: [a.yaml]
commonLabels: {constructor: a, __proto__: b}
configMapGenerator: [{name: constructor, literals: [__proto__=x, toString=y], options: {disableNameSuffixHash: true}}]
`,
      'a.yaml': configMap('a', 'data: {__proto__: {polluted: yes}, hasOwnProperty: x}\n'),
    }

    const { objects, text } = buildFiles(files)

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(objects[0]?.object['data'] as object)).toEqual(['__proto__', 'hasOwnProperty'])
    expect(text).toBe(`apiVersion: v1
data:
  __proto__:
    polluted: "yes"
  hasOwnProperty: x
kind: ConfigMap
metadata:
  labels:
    __proto__: b
    constructor: a
  name: a
---
apiVersion: v1
data:
  __proto__: x
  toString: "y"
kind: ConfigMap
metadata:
  labels:
    __proto__: b
    constructor: a
  name: constructor
`)
  })

  test('patterns that would never end are matched in linear time', () => {
    const files = {
      'kustomization.yaml': `resources: [a.yaml]
images: [{name: "(a+)+b", newTag: x}]
patches: [{target: {name: "(a*)*c"}, patch: '[{"op": "add", "path": "/a", "value": 1}]'}]
`,
      'a.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: ${'a'.repeat(60)}}\nspec: {containers: [{image: ${'a'.repeat(60)}}]}\n`,
    }

    expect(kustomize(files)).toContain(`image: ${'a'.repeat(60)}\n`)
  })

  test('nothing above the repository is read', () => {
    expect(() => kustomize({ 'app/kustomization.yaml': 'resources: [../../../etc]\n' }, { path: 'app', allowOutsideRoot: true })).toThrow(
      "security; '../../../etc' leads out of the repository",
    )
  })

  test('a file of the repository outside of the folder is read only when that is allowed', () => {
    const files = { 'app/kustomization.yaml': 'resources: [../a.yaml]\n', 'a.yaml': configMap('a') }

    expect(() => kustomize(files, { path: 'app' })).toThrow("security; file '/a.yaml' is not in or below '/app'")
    expect(kustomize(files, { path: 'app', allowOutsideRoot: true })).toContain('name: a\n')
  })

  test('what one build changes of what it has read is not there in the next one', () => {
    const files = { 'kustomization.yaml': 'namePrefix: x-\nresources: [a.yaml]\n', 'a.yaml': configMap('shared', 'data: {a: b}\n') }

    const texts = [1, 2, 3, 4].map(() => buildFiles(files).text)

    expect(texts.filter((text) => text.includes('name: x-shared\n'))).toHaveLength(4)
  })
})
