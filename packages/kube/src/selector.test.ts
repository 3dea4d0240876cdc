import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLabelSelector, everything, parseFieldSelector, parseLabelSelector, SelectorError } from './selector.ts'

describe('A label selector', () => {
  it.each([
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'api' }, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['!app', {}, true],
    ['app=', { app: '' }, true],
    ['app=', {}, false],
    ['app in (web, api)', { app: 'api' }, true],
    ['app in (web,api)', {}, false],
    ['app notin (web,api)', {}, true],
    ['app notin (web,api)', { app: 'web' }, false],
    ['app in ()', { app: '' }, true],
    ['app in (,web)', { app: '' }, true],
    ['weight>3', { weight: '4' }, true],
    ['weight>3', { weight: '3' }, false],
    ['weight<3', { weight: 'heavy' }, false],
    ['weight>9223372036854775806', { weight: '9223372036854775807' }, true],
    ['example.com/app=web,tier', { 'example.com/app': 'web', tier: 'x' }, true],
    ['in in (in),notin notin (notin)', { in: 'in' }, true],
    ['constructor', {}, false],
    ['toString!=x', {}, true],
  ])('%j on %j says %s', (text, labels, expected) => {
    const selector = parseLabelSelector(text)

    expect(selector.matches(labels)).toBe(expected)
  })

  it.each([
    'a=b,',
    '=b',
    'a in',
    'a in (',
    'a in (b',
    'a b',
    '!',
    'a=b=c',
    'a=b c',
    '_a',
    'a=-b',
    'a>x',
    ',',
    'a/b/c',
    'a=(b)',
    'a notin b',
    '!a=b',
    `${'x'.repeat(64)}=y`,
    `a=${'y'.repeat(64)}`,
  ])('%j is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(SelectorError)
  })

  it('is written in one way, whatever the order it came in', () => {
    expect(parseLabelSelector(' z , b in ( y , x ),!c,a == 1').toString()).toBe('a=1,b in (x,y),!c,z')
  })

  it('means the same when it is written and read again', () => {
    const key = fc.constantFrom('a', 'b', 'c')
    const value = fc.constantFrom('1', '2', '')
    const term = fc.oneof(
      fc.tuple(key, fc.constantFrom('=', '==', '!='), value).map((parts) => parts.join('')),
      fc
        .tuple(key, fc.constantFrom('in', 'notin'), fc.array(value, { minLength: 1, maxLength: 3 }))
        .map(([k, op, vs]) => `${k} ${op} (${vs.join(',')})`),
      key,
      key.map((k) => `!${k}`),
    )
    const labels = fc.dictionary(key, value)
    fc.assert(
      fc.property(fc.array(term), labels, (terms, set) => {
        const selector = parseLabelSelector(terms.join(','))

        expect(parseLabelSelector(selector.toString()).matches(set)).toBe(selector.matches(set))
      }),
    )
  })

  it('as an object selects everything when it is empty and nothing when it is absent', () => {
    expect(compileLabelSelector({}).matches({ any: 'thing' })).toBe(true)
    expect(compileLabelSelector(undefined).matches({})).toBe(false)
    expect(compileLabelSelector(null).matches(undefined)).toBe(false)
    expect(everything.matches(undefined)).toBe(true)
  })

  it('as an object wants all of its labels and expressions', () => {
    const selector = compileLabelSelector({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'env', operator: 'NotIn', values: ['dev'] },
        { key: 'team', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist', values: [] },
      ],
    })

    expect(selector.matches({ app: 'web', tier: 'a', team: '' })).toBe(true)
    expect(selector.matches({ app: 'web', tier: 'a', team: '', legacy: '' })).toBe(false)
    expect(selector.matches({ app: 'web', tier: 'c', team: '' })).toBe(false)
    expect(selector.toString()).toBe('app=web,env notin (dev),!legacy,team,tier in (a,b)')
  })

  it('as an object is refused with an operator or values that make no sense', () => {
    expect(() => compileLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] })).toThrow(
      '"Gt" is not a valid label selector operator',
    )
    expect(() => compileLabelSelector({ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] })).toThrow(
      "values set can't be empty",
    )
    expect(() => compileLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] })).toThrow(
      'values set must be empty',
    )
  })
})

describe('A field selector', () => {
  const pod = { metadata: { name: 'web', namespace: 'shop' }, spec: { nodeName: '', replicas: 3 }, status: { phase: 'Running' } }

  it.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web,status.phase!=Running', false],
    ['spec.nodeName=', true],
    ['spec.replicas=3', true],
    ['spec.missing!=x', true],
    ['metadata.toString=', true],
    ['metadata=', true],
  ])('%j says %s', (text, expected) => {
    expect(parseFieldSelector(text).matches(pod)).toBe(expected)
  })

  it('may have escaped commas, equals signs and backslashes in its values', () => {
    const { requirements } = parseFieldSelector('a=x\\,y\\=z\\\\,b!=1')

    expect(requirements).toEqual([
      { path: 'a', operator: '=', value: 'x,y=z\\' },
      { path: 'b', operator: '!=', value: '1' },
    ])
    expect(parseFieldSelector(parseFieldSelector('a=x\\,y').toString()).requirements).toEqual([{ path: 'a', operator: '=', value: 'x,y' }])
  })

  it.each(['metadata.name', 'a=b\\x', 'a=b=c', 'a=b\\'])('%j is refused', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(SelectorError)
  })
})
