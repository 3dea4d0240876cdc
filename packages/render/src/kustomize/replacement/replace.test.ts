import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, type JsonObject, type JsonValue } from '../json.ts'
import { withPrototype } from '../patch/kustomize-for-tests.ts'
import { Resource } from '../resource.ts'
import { readResourceDocument } from '../yaml-text.ts'
import { splitFieldPath } from './field-path.ts'
import { applyReplacements, type Replacement } from './replace.ts'

// Results and messages are those of `kubectl kustomize` of kubectl 1.34.5 (kustomize 5.7.1).
function resource(kind: string, name: string, rest: string): Resource {
  const object = readResourceDocument(`apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`, 'keep')
  if (!isObject(object)) throw new Error('no object')
  return new Resource(object)
}

type Options = NonNullable<NonNullable<NonNullable<Replacement['targets']>[number]>['options']>

/** Copies `x.v` of a source to `path` of a target. */
function copy(source: string, target: string, path = 'x.v', options: Options = {}): JsonValue | undefined {
  const to = resource('Thing', 'to', `x: {v: ${target}}`)
  applyReplacements(
    [resource('ConfigMap', 'from', `x: {v: ${source}}`), to],
    [
      {
        source: { kind: 'ConfigMap', name: 'from', fieldPath: 'x.v' },
        targets: [{ select: { kind: 'Thing' }, fieldPaths: [path], options }],
      },
    ],
  )
  return withPrototype(to.object['x']) as JsonValue
}

const create = { create: true }

describe('a field path', () => {
  it.each([
    ['a.b', ['a', 'b']],
    ['.a.b', ['a', 'b']],
    ['a\\.b.c', ['a.b', 'c']],
    ['a.[b.c/d].e', ['a', 'b.c/d', 'e']],
    ['a.[name=b.c].d', ['a', '[name=b.c]', 'd']],
    ['a.[name=b', ['a', '[name=b']],
    ['a.*.0.-', ['a', '*', '0', '-']],
  ])('%s has the parts %j', (path, parts) => {
    expect(splitFieldPath(path)).toEqual(parts)
  })

  it('of names without dots has these names', () => {
    const names = fc.array(fc.stringMatching(/^[a-z0-9/_-]{1,8}$/), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(names, (parts) => {
        expect(splitFieldPath(parts.join('.'))).toEqual(parts)
      }),
    )
  })
})

describe('a replacement', () => {
  it.each<[string, string, JsonValue]>([
    ['abc', 'old', 'abc'],
    ['5', '"a"', '5'],
    ['1.5', 'a', '1.5'],
    ['"7"', '5', 7],
    ['0x10', '5', 16],
    ['5', '1.5', 5],
    ['""', 'a', ''],
    ['{a: b}', 'text', ''],
    ['[1]', '{a: b}', [1]],
    ['{a: b}', '[1]', { a: 'b' }],
    ['5', '{a: 1}', 5],
    ['"5"', '{a: 1}', '5'],
  ])('of %s over %s keeps the type of the field', (source, target, expected) => {
    expect(copy(source, target)).toEqual({ v: expected })
  })

  it.each<[string, JsonValue]>([
    ['"5"', 5],
    ['"true"', true],
    ['"yes"', 'yes'],
    ['"010"', 8],
    ['"1_000"', 1000],
    ['"12e3"', 12_000],
    ['"null"', null],
    ['"2020-01-01"', '2020-01-01T00:00:00Z'],
    ['"1:30"', '1:30'],
    ['"a: b"', 'a: b'],
    ['"*a"', '*a'],
    ['{a: b}', { a: 'b' }],
    ['[1, 2]', [1, 2]],
  ])('of %s into a field that it makes has the type of the text', (source, expected) => {
    expect(copy(source, 'x', 'x.n', create)).toEqual({ v: 'x', n: expected })
  })

  it.each([
    ['abc', '5', 'cannot decode !!str `abc` as a !!int'],
    ['1.5', '5', 'cannot decode !!float `1.5` as a !!int'],
    ['5', 'true', 'cannot decode !!int `5` as a !!bool'],
    ['abc', 'null', 'cannot decode !!str `abc` as a !!null'],
  ])('of %s over %s fails', (source, target, message) => {
    expect(() => copy(source, target)).toThrow(`map[string]interface {}(nil): yaml: ${message}`)
  })

  it('copies a number as it was written', () => {
    expect(copy('0x1F', 'a')).toEqual({ v: '0x1F' })
    expect(copy('1.10', 'a')).toEqual({ v: '1.10' })
  })

  it('writes a part of a text, before it and behind it', () => {
    expect(copy('new', 'a-b-c', 'x.v', { delimiter: '-', index: 1 })).toEqual({ v: 'a-new-c' })
    expect(copy('new', 'a-b-c', 'x.v', { delimiter: '-', index: 9 })).toEqual({ v: 'a-b-c-new' })
    expect(copy('new', 'a-b-c', 'x.v', { delimiter: '-', index: -1 })).toEqual({ v: 'new-a-b-c' })
    expect(() => copy('new', '{a: b}', 'x.v', { delimiter: '-' })).toThrow('delimiter option can only be used with scalar nodes')
  })

  it('finds items by a pattern, by their number, and all', () => {
    const list = '[{name: foo, v: a}, {name: foobar, v: b}, {name: bar}]'

    expect(copy('c', list, 'x.v.[name=foo].v')).toEqual({ v: [{ name: 'foo', v: 'c' }, { name: 'foobar', v: 'c' }, { name: 'bar' }] })
    expect(copy('c', list, 'x.v.[name=^foo$].v')).toMatchObject({ v: [{ v: 'c' }, { v: 'b' }, {}] })
    expect(copy('c', list, 'x.v.1.v')).toMatchObject({ v: [{ v: 'a' }, { v: 'c' }, {}] })
    expect(copy('c', list, 'x.v.*.v')).toMatchObject({ v: [{ v: 'c' }, { v: 'c' }, { name: 'bar' }] })
    expect(copy('c', '[foo, bar]', 'x.v.[=oo]')).toEqual({ v: ['c', 'bar'] })
  })

  it('makes items, fields and the way to them', () => {
    expect(copy('c', 'x', 'x.l.[name=z].v', create)).toEqual({ v: 'x', l: [{ name: 'z', v: 'c' }] })
    expect(copy('c', 'x', 'x.l.[port=80].v', create)).toEqual({ v: 'x', l: [{ port: 80, v: 'c' }] })
    expect(copy('c', 'x', 'x.l.0.v', create)).toEqual({ v: 'x', l: [{ v: 'c' }] })
    expect(copy('c', 'x', 'x.[a.b/c]', create)).toEqual({ v: 'x', 'a.b/c': 'c' })
  })

  it.each<[string, string, Options, string]>([
    ['x', 'x.n', {}, 'unable to find field "x.n" in replacement target'],
    ['x', 'x.l.*.v', {}, 'unable to find field "x.l.*.v" in replacement target'],
    ['x', 'x.v.q', {}, 'unable to find field "x.v.q" in replacement target: wrong node kind: expected MappingNode but got ScalarNode'],
    ['x', 'x.0', {}, 'unable to find field "x.0" in replacement target: wrong node kind: expected SequenceNode but got MappingNode'],
    ['[1, 2]', 'x.v.5', {}, 'unable to find field "x.v.5" in replacement target: index 5 specified but only 2 elements found'],
    ['x', 'x.l.1.v', create, 'unable to find or create field "x.l.1.v" in replacement target: index 1 specified but only 0 elements found'],
    ['[a]', 'x.v.[a]', {}, 'list path element must contain fieldName=fieldValue for element to match'],
    ['[]', 'x.v.[name=^z$].v', create, 'it does not match itself'],
    ['[{name: a}]', 'x.v.[name=(].v', {}, 'error parsing regexp'],
  ])('refuses %s at %s in the real words', (target, path, options, message) => {
    expect(() => copy('c', target, path, options)).toThrow(message)
  })

  it('writes again to a field that one has made', () => {
    const to = resource('Thing', 'to', 'x: {}')
    const select = { select: { kind: 'Thing' }, fieldPaths: ['x.n'] }

    applyReplacements(
      [to],
      [
        { sourceValue: '5', targets: [{ ...select, options: create }] },
        { sourceValue: 'abc', targets: [{ ...select, options: { delimiter: '.', index: 1 } }] },
      ],
    )

    expect(withPrototype(to.object['x'])).toEqual({ n: '5.abc' })
  })

  it('reads a source that is a target as well anew for each', () => {
    const first = resource('Thing', 'first', 'v: a:1')
    const second = resource('Thing', 'second', 'v: b:2')

    applyReplacements(
      [first, second],
      [
        {
          source: { name: 'first', fieldPath: 'v' },
          targets: [{ select: { kind: 'Thing' }, fieldPaths: ['v'], options: { delimiter: ':', index: 1 } }],
        },
      ],
    )

    expect([first.object['v'], second.object['v']]).toEqual(['a:a:1', 'b:a:a:1'])
  })

  it('selects and rejects by ids, labels and names of before', () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => resource('Thing', name, 'v: old'))
    const [a, b, c] = all
    if (a === undefined || b === undefined || c === undefined) throw new Error('missing')
    a.setLabels(new Map([['app', 'web']]))
    b.rememberId()
    b.setName('prefix-b')

    const select = (target: NonNullable<Replacement['targets']>[number]) => {
      for (const each of all) each.object['v'] = 'old'
      applyReplacements(all, [{ sourceValue: 'new', targets: [{ fieldPaths: ['v'], ...target }] }])
      return all.filter((each) => each.object['v'] === 'new').map((each) => each.name)
    }

    expect(select({ select: { name: 'b' } })).toEqual(['prefix-b'])
    expect(select({ select: { labelSelector: 'app=web' } })).toEqual(['a'])
    expect(select({ select: { kind: 'Thing' }, reject: [{ name: 'b' }, { labelSelector: 'app' }] })).toEqual(['c', 'd'])
    expect(select({ select: { namespace: 'default' } })).toEqual(['a', 'prefix-b', 'c', 'd'])
    // A selector's name is no pattern.
    expect(select({ select: { name: '[ac]' } })).toEqual([])
  })

  it.each<[Replacement, string]>([
    [{}, 'replacements must specify a source and at least one target'],
    [{ source: {}, sourceValue: 'x', targets: [] }, 'value and resource selectors are mutually exclusive'],
    [{ source: { kind: 'Thing' }, targets: [] }, 'multiple matches for selector Thing.[noVer].[noGrp]/[noName].[noNs]'],
    [{ source: { name: 'z', fieldPath: 'a.b' }, targets: [] }, 'nothing selected by [noKind].[noVer].[noGrp]/z.[noNs]:a.b'],
    [
      { source: { name: 'a', fieldPath: 'q' }, targets: [] },
      'fieldPath `q` is missing for replacement source [noKind].[noVer].[noGrp]/a.[noNs]',
    ],
    [
      { source: { name: 'a', fieldPath: '*' }, targets: [] },
      'error looking up replacement source: wildcard is not supported in PathGetter',
    ],
    [
      { source: { name: 'a', fieldPath: 'v', options: { delimiter: '.', index: 4 } }, targets: [] },
      'options.index 4 is out of bounds for value x.y',
    ],
    [{ sourceValue: 'x', targets: [{}] }, 'target must specify resources to select'],
  ])('refuses %j in the real words', (replacement, message) => {
    const resources = [resource('Thing', 'a', 'v: x.y'), resource('Thing', 'b', '')]

    expect(() => applyReplacements(resources, [replacement])).toThrow(message)
  })
})

it('takes names such as constructor for missing', () => {
  expect(() => copy('c', 'x', 'x.constructor.name')).toThrow('unable to find field')
  expect(copy('c', 'x', 'x.__proto__.y', create)).toEqual(JSON.parse('{"v": "x", "__proto__": {"y": "c"}}') as JsonObject)
})
