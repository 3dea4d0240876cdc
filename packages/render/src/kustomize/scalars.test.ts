import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

function build(spec: string, metadata = ''): string {
  const resource = `apiVersion: example.org/v1\nkind: X\nmetadata:\n  name: a\n${metadata}spec:\n${spec}\n`
  const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': resource }
  return kustomize(files)
}

/** What is printed of `spec`. */
function specOf(spec: string): string {
  return build(spec).split('spec:\n')[1] ?? ''
}

function annotationOf(value: string): string {
  const text = build('  a: 1', `  annotations:\n    k: ${value}\n`)
  return /annotations:\n([^]*) {2}name: a\n/.exec(text)?.[1] ?? ''
}

// Every output and every message is what kubectl 1.34.5 prints.
describe('scalars, read and written again', () => {
  test.each([
    [String.raw`  v: "caf\u00e9"`, '  v: café\n'],
    [String.raw`  v: "caf\xe9"`, '  v: café\n'],
    [String.raw`  v: "x\U0001F600"`, String.raw`  v: "x\U0001F600"` + '\n'],
    [String.raw`  v: "a\_b"`, '  v: a\u00a0b\n'],
    ['  "\\u00e9": 1', '  é: 1\n'],
  ])('escapes where all else is ASCII: %j', (spec, expected) => {
    expect(specOf(spec)).toBe(expected)
  })

  test.each([
    ['  v: ! -.5', '  v: -0.5\n'],
    ['  v: ! 2001-12-14t21:59:43.10-05:00', '  v: "2001-12-14T21:59:43.1-05:00"\n'],
    ['  v: ! "1"', '  v: "1"\n'],
    ['  v: !x 1', '  v: "1"\n'],
    ['  v: !!binary Infinity', "  v: '\"w\ufffd\ufffd+r'\n"],
    ['  v: !!float 123456789012345678', '  v: 123456789012345680\n'],
    ['  v: 2001-12-14T21:59:43.123456789123Z', '  v: "2001-12-14T21:59:43.123456789Z"\n'],
  ])('tags and times: %s', (spec, expected) => {
    expect(specOf(spec)).toBe(expected)
  })

  test.each([
    ['  v: [&a ]', '  v:\n  - ""\n'],
    ['  v: [~, !!null ]', '  v:\n  - null\n  - null\n'],
    ['  v: {a: , b: !!null , c: &x , d: *x}', '  v:\n    a: ""\n    b: null\n    c: ""\n    d: ""\n'],
    ['  v: &q\n  w: {b: *q}', '  v: null\n  w:\n    b: ""\n'],
    ['  v: &q !!null #\n  w: {b: *q}', '  v: null\n  w:\n    b: null\n'],
    ['  ? \n  : x', '  "": x\n'],
    ['  &a : x', '  "": x\n'],
  ])('what is empty: %j', (spec, expected) => {
    expect(specOf(spec)).toBe(expected)
  })

  test.each([
    ['!!int on', '    k: "on"\n'],
    ['!!timestamp 2020-02-30', '    k: 2020-02-30\n'],
    ['!!binary -4.9e-324', '    k: "-4.9e-324"\n'],
    ['.NaN', '    k: ".NaN"\n'],
    ['!!bool =', '    k: =\n'],
  ])('annotations are texts, whatever their tag says: %s', (value, expected) => {
    expect(annotationOf(value)).toBe(expected)
  })

  test.each([
    ['  v: ! .Inf', 'json: unsupported value: +Inf'],
    ['  2001-12-14T21:59:43Z: a', 'json: unsupported type: map[interface {}]interface {}'],
    ['  v: |2\n    \tx', 'found a tab character where an indentation space is expected'],
    ['  v: >2\n    \tx\n    y', 'found a tab character where an indentation space is expected'],
  ])('what the real tool cannot read again is an error: %j', (spec, message) => {
    expect(() => build(spec)).toThrow(message)
  })

  test('a tab that begins no block is none', () => {
    expect(specOf("  v: '\tx\n\n    y'\n  w: |2\n\n    \tx")).toBe(
      String.raw`  v: "\tx\ny"
  w: "\n\tx\n"` + '\n',
    )
  })
})

describe('a scalar that a patch puts over another one', () => {
  function patched(base: string, patch: string): string {
    const head = 'apiVersion: example.org/v1\nkind: X\nmetadata: {name: a}\nspec:\n'
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
      'a.yaml': `${head}  k: ${base}\n`,
      'p.yaml': `${head}  k: ${patch}\n`,
    }
    return kustomize(files).split('spec:\n')[1] ?? ''
  }

  test.each([
    ['2020-13-01', '0', '  k: 0\n'],
    ['2020-01-01T', 'True', '  k: true\n'],
    ['2001-12-14T21:59:43Z', '-08', '  k: -8\n'],
    ['!!str 5', '-.5', '  k: -0.5\n'],
    ['"5"', '6', '  k: "6"\n'],
    ['"tab\\t"', '2001-12-15 2:59:43.10', '  k: "2001-12-15 2:59:43.10"\n'],
    ["'it''s'", '0000-01-01', '  k: "0000-01-01"\n'],
  ])('takes the quotes of %s, and has none where there are none: %s', (base, patch, expected) => {
    expect(patched(base, patch)).toBe(expected)
  })
})

test('A replacement leaves a date a date', () => {
  const files = {
    'kustomization.yaml':
      'resources: [a.yaml]\nreplacements: [{source: {kind: X, fieldPath: spec.from}, targets: [{select: {kind: X}, fieldPaths: [spec.to]}]}]\n',
    'a.yaml': 'apiVersion: example.org/v1\nkind: X\nmetadata: {name: a}\nspec:\n  from: src\n  to: 2020-01-01\n',
  }

  expect(() => kustomize(files)).toThrow('yaml: cannot decode !!str `src` as a !!timestamp')
})
