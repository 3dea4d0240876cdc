import { describe, expect, it } from 'vitest'
import { NotFetched } from '../engine/tree.ts'
import type { GoFunction, GoInt, GoValue } from '../go/value.ts'
import { TemplateError } from './contract.ts'
import { TemplateLimitError } from './limit-error.ts'
import { parseTemplate } from './parser.ts'
import { TemplateCache } from './template-cache.ts'
import { generousLimits, newSet, render } from './testing/render-template.ts'

function failure(text: string, limits: Partial<typeof generousLimits> = {}): unknown {
  try {
    return render(text, {}, { limits: { ...generousLimits, ...limits } })
  } catch (error) {
    return error
  }
}

describe('a template that asks for too much', () => {
  it.each([
    ['an endless count', '{{ range 1000000000000 }}{{ end }}'],
    ['loops in loops', '{{ range 10000 }}{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}{{ end }}'],
    ['calls in loops', '{{ define "a" }}{{ range 100 }}{{ end }}{{ end }}{{ range 1000000 }}{{ include "a" . }}{{ end }}'],
  ])('ends by its steps: %s', (_what, text) => {
    expect(failure(text)).toBeInstanceOf(TemplateLimitError)
    expect(String(failure(text))).toContain('more than 1000000 steps')
  })

  it('has used up what others of its set have, whether they ran or were known', () => {
    const set = newSet({ limits: { ...generousLimits, steps: 1000 } })
    set.parse('loop', '{{ range 300 }}{{ end }}')
    set.execute('loop', null)
    const once = set.used()

    expect([set.use(once), set.use(once), set.use(once)]).toEqual([true, true, false])
    expect(set.used().steps).toBe(3 * once.steps)
    expect(() => set.execute('loop', null)).toThrow('more than 1000 steps')
  })

  it('ends by what it writes, also into texts that only functions see', () => {
    const inner = '{{ define "a" }}{{ range 1000 }}0123456789{{ end }}{{ end }}'

    expect(String(failure(`${inner}{{ range 1000 }}{{ include "a" . | len }}{{ end }}`))).toContain('output is larger than 1000000 bytes')
    expect(failure(`${inner}{{ include "a" . | len }}`)).toBe('10000')
  })

  it('ends by the length of a text that a function makes', () => {
    const doubling = '{{ $x := "0123456789" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}'

    expect(String(failure(doubling))).toContain('result of print is larger than 1000000 bytes')
  })

  it('ends by its depth', () => {
    const endless = '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'
    const included = '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'

    expect(String(failure(endless))).toContain('exceeded maximum template depth (500)')
    expect(String(failure(included))).toContain('exceeded maximum template depth (500)')
  })

  it.each([
    ['templates', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'],
    ['functions', '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'],
  ])('ends with an error of its own where the stack ends first: %s', (_what, text) => {
    const error = failure(text, { depth: 1_000_000_000 })

    expect(error).toBeInstanceOf(TemplateLimitError)
    expect(String(error)).toContain('exceeded maximum template depth')
  })

  it.each([
    ['parentheses', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`],
    ['conditions', '{{ if 1 }}'.repeat(100_000) + '{{ end }}'.repeat(100_000)],
    ['else-if', `{{ if 0 }}${'{{ else if 0 }}'.repeat(100_000)}{{ end }}`],
  ])('is refused when it is nested beyond the stack: %s', (_what, text) => {
    expect(failure(text)).toBeInstanceOf(TemplateError)
  })

  it('counts together with its copies', () => {
    const set = newSet({ limits: { ...generousLimits, steps: 100 } })
    set.parse('a', '{{ range 40 }}{{ end }}')
    set.execute('a', null)

    expect(() => set.clone().execute('a', null)).not.toThrow()
    expect(() => set.clone().execute('a', null)).toThrow('more than 100 steps')
  })

  it('can still run when another one of its set has ended so', () => {
    const set = newSet({ limits: { ...generousLimits, depth: 10 } })
    set.parse('deep', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}')
    set.parse('flat', 'fine')

    expect(() => set.execute('deep', null)).toThrow(TemplateLimitError)
    expect(set.execute('flat', null)).toBe('fine')
  })
})

describe('an error out of a function', () => {
  it('keeps its beginning and its cause, and is cut in between, when a megabyte of template is named again and again', () => {
    const text = `{{ define "a" }}{{ if eq (len .) 60 }}{{ fail "the cause" }}{{ end }}{{ include "a" (print . "x" | print (slice "${'y'.repeat(100_000)}" 0 0)) }}{{ end }}{{ include "a" "" }}`

    const message = String(failure(text))

    expect(message).toContain('executing "chart/a.yaml" at <include "a" "">: error calling include')
    expect(message.slice(-30)).toContain('error calling fail: the cause')
    expect(message.length).toBeLessThan(1_100_000)
  })

  it('says where it was called, unless something has to be fetched first', () => {
    const thrower = (error: Error) => ({
      parameters: [],
      call: (): GoValue => {
        throw error
      },
    })
    const run = (error: Error): void => {
      render('{{ f }}', {}, { functions: new Map([['f', thrower(error)]]) })
    }

    expect(() => run(new Error('broken'))).toThrow('error calling f: broken')
    expect(() => run(new RangeError('Invalid string length'))).toThrow('error calling f: Invalid string length')
    expect(() => run(new NotFetched('tree'))).toThrow(NotFetched)
  })
})

describe('the cache of parsed templates', () => {
  it('parses a text once, for every set and every name', () => {
    const cache = new TemplateCache()
    for (const name of ['a', 'a', 'b']) newSet({ cache }).parse(name, '{{ define "x" }}{{ end }}')

    expect(cache.size).toBe(1)
  })

  it('gives a text that is known the name of the file that has it too', () => {
    const cache = new TemplateCache()
    const text = '{{ define "x" }}{{ .a.b }}{{ end }}own {{ template "x" . }}'
    newSet({ cache }).parse('first', text)
    const set = newSet({ cache })
    set.parse('second', text)

    expect(set.has('first')).toBe(false)
    expect(set.execute('second', new Map([['a', new Map([['b', 'x']])]]))).toBe('own x')
    expect(() => set.execute('second', new Map([['a', 'text']]))).toThrow('template: second:1:21: executing "x" at <.a.b>')
  })

  it.each(['second', 's\\x65cond'])('a file that defines its own name, as %s, is read anew', (defined) => {
    const cache = new TemplateCache()
    const text = `{{ define "${defined}" }}defined{{ end }}  `
    newSet({ cache }).parse('first', text)
    const set = newSet({ cache })
    set.parse('second', text)

    expect(set.execute('second', null)).toBe('defined')
  })

  it('holds no more than it may, and forgets first what was not asked for', () => {
    const cache = new TemplateCache(500)
    const set = newSet({ cache })
    set.parse('a', 'x'.repeat(40))
    set.parse('b', 'y'.repeat(40))
    set.parse('a', 'x'.repeat(40))
    set.parse('c', 'z'.repeat(40))
    set.parse('large', 'x'.repeat(600))

    expect(cache.size).toBe(2)
    expect(cache.get('a', 'x'.repeat(40))).toBeDefined()
    expect(cache.get('b', 'y'.repeat(40))).toBeUndefined()
  })

  it('does not hide that a function is not there', () => {
    const cache = new TemplateCache()
    newSet({ cache }).parse('a', '{{ upper "x" }}')

    expect(() => newSet({ cache, functions: new Map() }).parse('a', '{{ upper "x" }}')).toThrow('function "upper" not defined')
  })
})

it('a parsed file names its trees in the order of their definitions', () => {
  const trees = parseTemplate('f', '{{ define "b" }}1{{ end }}{{ define "a" }}2{{ end }}3', () => true)

  expect([...trees.keys()]).toEqual(['b', 'a', 'f'])
})

describe('what a function makes counts by its size', () => {
  it.each([
    ['lists', '{{ range until 100000 }}{{ $_ := until 100000 }}{{ end }}'],
    ['texts', '{{ $x := repeat 100000 "x" }}{{ range until 100000 }}{{ $_ := print $x "y" }}{{ end }}'],
  ])('%s', (_what, text) => {
    const lists: GoFunction = { parameters: ['int'], call: (count) => Array.from({ length: Number((count as GoInt).value) }, () => 0) }
    const texts: GoFunction = {
      parameters: ['int', 'string'],
      call: (count, part) => (part as string).repeat(Number((count as GoInt).value)),
    }
    const set = newSet({
      functions: new Map([
        ['until', lists],
        ['repeat', texts],
      ]),
      limits: { ...generousLimits, steps: 1_000_000 },
    })
    set.parse('t', text)

    expect(() => set.execute('t', null)).toThrow('more than 1000000 steps')
  })
})
