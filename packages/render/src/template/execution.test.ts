import { describe, expect, it } from 'vitest'
import { formatValue } from '../go/format.ts'
import type { GoFunction, GoValue } from '../go/value.ts'
import { GoBytes, GoStruct, JsonNumber, TypedMap, goInt, toBytes, typedList } from '../go/value.ts'
import { newSet, render, renderError } from './testing/render-template.ts'

const data = {
  name: 'web',
  port: 80,
  million: 1_000_000,
  on: true,
  off: false,
  none: null,
  map: { b: 2, a: 1, a10: 'x', a2: null },
  list: ['p', 2, null],
  empty: {},
}

describe('values', () => {
  it.each([
    ['{{ .name }} {{ .port }} {{ .million }} {{ .on }}', 'web 80 1e+06 true'],
    ['{{ .none }} {{ .missing }} {{ .map }} {{ .list }}', '<no value> <no value> map[a:1 a10:x a2:<nil> b:2] [p 2 <nil>]'],
    ["{{ 1 }} {{ 1.0 }} {{ 1e3 }} {{ 0x1F }} {{ 017 }} {{ 1_000 }} {{ 'a' }} {{ -3 }} {{ .5 }}", '1 1 1000 31 15 1000 97 -3 0.5'],
    ['{{ 2i }} {{ 1+2i }}', '(0+2i) (1+2i)'],
    ['{{ "a\\tb" }} {{ `a\\tb` }}', 'a\tb a\\tb'],
    ['{{ printf "%T %T %T" 1 1.0 .port }}', 'int float64 float64'],
    ['{{ true }} {{ (1) }} {{ ("x") | upper }}', 'true 1 X'],
  ])('%j prints %j', (text, expected) => {
    expect(render(text, data)).toBe(expected)
  })

  it('knows two kinds of nil: a missing key has a type, the result of a pipeline has none', () => {
    expect(renderError('{{ .missing.a }}', data)).toContain('at <.missing.a>: nil pointer evaluating interface {}.a')
    expect(render('{{ (.missing).a }}|{{ $x := .missing }}{{ $x.a.b }}|{{ ((.missing).a).b }}', data)).toBe(
      '<no value>|<no value>|<no value>',
    )
    expect(renderError('{{ range .list }}{{ .a }}{{ end }}', { list: [null] })).toContain('nil pointer evaluating interface {}.a')
  })

  it('looks fields up by their own names only', () => {
    expect(render('{{ .constructor }} {{ .__proto__ }} {{ .toString }}', {})).toBe('<no value> <no value> <no value>')
    expect(render('{{ .constructor }}', { constructor: 'mine' })).toBe('mine')
  })

  it('gives the zero value of a typed map for a missing key', () => {
    const set = newSet()
    set.parse('a', '[{{ .labels.nope }}{{ index .labels "nope" }}]')
    const labels = new TypedMap('map[string]string', { elementType: 'string' })

    expect(set.execute('a', new Map([['labels', labels]]))).toBe('[]')
  })

  it('calls methods with arguments, and with what a pipeline gives', () => {
    const get: GoFunction = { parameters: ['string'], call: (name) => `content of ${formatValue(name)}` }
    const files = new TypedMap('engine.files', { elementType: '[]uint8', methods: new Map([['Get', get]]) })
    const version = new GoStruct('*semver.Version', { kind: 'ptr', fields: [['Major', goInt(1, 'uint64')]], text: () => '1.2' })
    const set = newSet()
    set.parse('a', '{{ .Files.Get "x" }}, {{ "y" | .Files.Get }}, {{ (.Files.Get "z") | upper }}, {{ .V }} {{ .V.Major }}')

    const text = set.execute(
      'a',
      new Map<string, GoValue>([
        ['Files', files],
        ['V', version],
      ]),
    )

    expect(text).toBe('content of x, content of y, CONTENT OF Z, 1.2 1')
  })

  it('takes a json.Number for the text that Go holds it as', () => {
    const set = newSet()
    set.parse(
      'a',
      '{{ .n }} {{ len .n }} {{ eq .n "80" }} {{ if .zero }}true{{ end }} {{ index .n 0 }} {{ .n.Int64 }} {{ printf "%d %q %T" .n .n .n }}',
    )
    set.parse('b', '{{ upper .n }}')
    set.parse('c', '{{ eq .n 80 }}')
    const data = new Map([
      ['n', new JsonNumber('80')],
      ['zero', new JsonNumber('0')],
    ])

    expect(set.execute('a', data)).toBe('80 2 true true 56 80 %!d(json.Number=80) "80" json.Number')
    expect(() => set.execute('b', data)).toThrow('wrong type for value; expected string; got json.Number')
    expect(() => set.execute('c', data)).toThrow('incompatible types for comparison')
  })

  it('prints a struct behind a pointer without its ampersand', () => {
    const set = newSet()
    set.parse('a', '{{ . }}|{{ print . }}')

    expect(set.execute('a', new GoStruct('*main.T', { kind: 'ptr', fields: [['A', 'x']] }))).toBe('{x}|&{x}')
  })
})

describe('conditions and loops', () => {
  it.each([
    ['{{ if .on }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if .off }}a{{ else if .empty }}b{{ else if .port }}c{{ else }}d{{ end }}', 'c'],
    ['{{ with .map }}{{ .a }}{{ $.name }}{{ end }}', '1web'],
    ['{{ with .none }}a{{ else with .name }}{{ . }}{{ else }}b{{ end }}', 'web'],
    ['{{ with $x := .port }}{{ $x }}{{ end }}', '80'],
    ['{{ range .list }}[{{ . }}]{{ end }}', '[p][2][<no value>]'],
    ['{{ range $i, $v := .list }}{{ $i }}={{ $v }} {{ end }}', '0=p 1=2 2=<no value> '],
    ['{{ range $k, $v := .map }}{{ $k }}={{ $v }} {{ end }}', 'a=1 a10=x a2=<no value> b=2 '],
    ['{{ range .empty }}a{{ else }}none{{ end }}', 'none'],
    ['{{ range .missing }}a{{ else }}none{{ end }}', 'none'],
    ['{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}{{ range 0 }}x{{ else }}-{{ end }}', '01201-'],
    ['{{ range 9 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if eq . 5 }}{{ break }}{{ end }}{{ . }}{{ end }}', '0134'],
    ['{{ range 2 }}{{ range 9 }}{{ if eq . 1 }}{{ break }}{{ end }}{{ . }}{{ end }};{{ end }}', '0;0;'],
    ['{{ $v := 0 }}{{ range $v = .list }}{{ end }}{{ $v }}', '<no value>'],
    ['{{ $k := 0 }}{{ $v := 0 }}{{ range $k, $v = .map }}{{ end }}{{ $k }}={{ $v }}', 'b=2'],
    ['{{ range $x := .empty }}{{ else }}{{ $x }}{{ end }}', 'map[]'],
  ])('%j prints %j', (text, expected) => {
    expect(render(text, data)).toBe(expected)
  })

  it('goes through bytes and typed lists', () => {
    const set = newSet()
    set.parse('a', '{{ range .bytes }}{{ . }},{{ end }}{{ range $i, $s := .names }}{{ $i }}{{ $s }}{{ end }}')

    expect(
      set.execute(
        'a',
        new Map<string, GoValue>([
          ['bytes', new GoBytes(Buffer.from('hi'))],
          ['names', typedList('string', ['a', 'b'])],
        ]),
      ),
    ).toBe('104,105,0a1b')
  })

  it('goes through a map as it was when the loop began', () => {
    const map = new Map([
      ['a', 1],
      ['b', 2],
    ])
    const set = newSet({
      functions: new Map([
        [
          'spoil',
          {
            parameters: [],
            call: () => {
              map.delete('b')
              map.set('c', 3)
              return ''
            },
          },
        ],
      ]),
    })
    set.parse('a', '{{ range $k, $v := . }}{{ spoil }}{{ $k }}{{ $v }}{{ end }}')

    expect(set.execute('a', map)).toBe('a1b2')
  })
})

describe('variables', () => {
  it.each([
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}', '21'],
    ['{{ $x := 1 }}{{ $x := printf "%d%d" $x $x }}{{ $x }}', '11'],
    ['{{ if $x := .name }}{{ $x }}{{ end }}', 'web'],
    ['{{ if $x := .none }}a{{ else }}[{{ $x }}]{{ end }}', '[<no value>]'],
    ['{{ range 2 }}{{ $y := . }}{{ $y }}{{ end }}', '01'],
    ['{{ $x := "a" }}{{ if false }}{{ $x := "b" }}{{ else }}{{ $x }}{{ end }}', 'a'],
    ['{{ $m := .map }}{{ $m.b }}{{ $.map.a }}', '21'],
    ['{{ ($x := 3) }}{{ $x }}', '33'],
  ])('%j prints %j', (text, expected) => {
    expect(render(text, data)).toBe(expected)
  })

  it('lets one branch name a variable of the other, and fails when it is used', () => {
    expect(renderError('{{ if false }}{{ $y := 1 }}{{ else }}{{ $y }}{{ end }}')).toContain('at <$y>: undefined variable: $y')
  })
})

describe('text around actions', () => {
  it.each([
    ['a  {{- 1 -}}  b', 'a1b'],
    ['a \n\t {{- /* note */ -}} \r\n b', 'ab'],
    ['a {{/* note */}} b', 'a  b'],
    ['{{- 1 }} {{ 2 -}} ', '1 2'],
    ['{{ -3 }}|{{- -3 -}}|', '-3|-3|'],
    ['{{ "}}" }}', '}}'],
    ['a\u00a0{{- 1 }}', 'a\u00a01'],
    ['{{ print\n  1\n  2 }}', '1 2'],
    ['{ {{ 1 }} }', '{ 1 }'],
    ['', ''],
  ])('%j prints %j', (text, expected) => {
    expect(render(text)).toBe(expected)
  })
})

describe('functions', () => {
  it.each([
    ['{{ and 1 0 2 }} {{ or 0 "" 3 }} {{ not 1 }} {{ and true }} {{ or nil false }}', '0 3 false true false'],
    ['{{ and false (fail "never") }} {{ or true (fail "never") }}', 'false true'],
    ['{{ .name | and true }} {{ .none | or false }}', 'web <no value>'],
    ['{{ len .name }} {{ len .list }} {{ len .map }} {{ len "é" }}', '3 3 4 2'],
    [
      '{{ index .list 1 }} {{ index .map "b" }} {{ index .map "nope" }} {{ index .name 0 }} {{ index .map }}',
      '2 2 <no value> 119 map[a:1 a10:x a2:<nil> b:2]',
    ],
    ['{{ slice .name 1 }} {{ slice "abcd" 1 3 }}', 'eb bc'],
    ['{{ print 1 2 "a" "b" 3 nil }} {{ println "a" 1 }}', '1 2ab3 <nil> a 1\n'],
    ['{{ printf "%s-%05.1f" .name .port }} {{ "x" | printf "%s%s" "y" }}', 'web-080.0 yx'],
    ['{{ html "<a href=\'x\'>&\\"" }} {{ html nil 1 }}', '&lt;a href=&#39;x&#39;&gt;&amp;&#34; &lt;no value&gt;1'],
    ['{{ js "<a=\'\\\\\'>\\n\u2028é" }}', "\\u003Ca\\u003D\\'\\\\\\'\\u003E\\u000A\\u2028é"],
    ['{{ urlquery "a b&c/é~" 1 }}', 'a+b%26c%2F%C3%A9~1'],
    [
      '{{ eq .port 80.0 }} {{ eq 1 1 }} {{ eq .name "x" "web" }} {{ ne 1 2 }} {{ eq nil .none }} {{ eq .map nil }}',
      'true true true true true false',
    ],
    ['{{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 2.5 }}', 'true true true false'],
    ['{{ list 1 "a" nil }} {{ dict "a" nil }}', '[1 a <nil>] map[a:<nil>]'],
    [
      "{{ double 2 }} {{ double 2.0 }} {{ double 'a' }} {{ float 2 }} {{ size nil }} {{ size (.none) }} {{ count .list }}",
      '4 4 194 2 0 0 3',
    ],
    ['{{ "c" | join "-" "a" "b" }} {{ join "-" }}', 'a-b-c '],
  ])('%j prints %j', (text, expected) => {
    expect(render(text, data)).toBe(expected)
  })

  it('lets a caller give functions of the same name', () => {
    const functions = new Map([['len', { parameters: ['any'], call: () => 'mine' }]])

    expect(render('{{ len 1 }}', {}, { functions })).toBe('mine')
  })
})

describe('definitions', () => {
  it.each([
    ['{{ define "a" }}<{{ . }}>{{ end }}{{ template "a" .name }}{{ template "a" }}', '<web><<no value>>'],
    ['{{ block "b" .port }}[{{ . }}]{{ end }}', '[80]'],
    ['{{ define "c" }}{{ $x := 1 }}{{ end }}{{ $x := 2 }}{{ template "c" }}{{ $x }}', '2'],
    ['{{ define "d" }}{{ $.a }}{{ end }}{{ template "d" .map }}', '1'],
    ['{{ define "e" }}{{ range . }}{{ . }}{{ end }}{{ end }}{{ include "e" .list | upper }}', 'P2<NO VALUE>'],
    ['{{ define "empty" }}  {{ end }}[{{ template "empty" }}]', '[  ]'],
  ])('%j prints %j', (text, expected) => {
    expect(render(text, data)).toBe(expected)
  })

  it('of two with the same name the later file wins, unless it is empty', () => {
    const set = newSet()
    set.parse('one', '{{ define "a" }}1{{ end }}')
    set.parse('two', '{{ define "a" }}2{{ end }}')
    set.parse('three', toBytes('{{ define "a" }} {{/* nothing */}} \n\u00a0\u2003{{ end }}'))
    set.parse('main', '{{ template "a" }}')

    expect(set.execute('main', null)).toBe('2')
  })

  it('are looked up when they are used, so that order does not matter', () => {
    const set = newSet()
    set.parse('main', '{{ template "late" }}')
    set.parse('other', '{{ define "late" }}here{{ end }}')

    expect(set.execute('main', null)).toBe('here')
    expect(set.has('late')).toBe(true)
    expect(set.has('constructor')).toBe(false)
  })
})

describe('a copy of a set', () => {
  it('keeps its further definitions to itself', () => {
    const set = newSet()
    set.parse('main', '{{ define "a" }}old{{ end }}{{ template "a" }}')
    const copy = set.clone()
    copy.parse('inner', '{{ define "a" }}new{{ end }}{{ define "b" }}b{{ end }}')

    expect(copy.execute('main', null)).toBe('new')
    expect(set.execute('main', null)).toBe('old')
    expect(set.has('b')).toBe(false)
  })

  it('does not see what the original learns later', () => {
    const set = newSet()
    set.parse('main', '{{ template "a" }}')
    const copy = set.clone()
    const copyOfCopy = copy.clone()
    set.parse('late', '{{ define "a" }}late{{ end }}')

    expect(set.execute('main', null)).toBe('late')
    expect(copy.has('a')).toBe(false)
    expect(copyOfCopy.has('a')).toBe(false)
  })

  it('can have functions of its own', () => {
    const set = newSet()
    const copy = set.clone(new Map([['upper', { parameters: ['string'], call: () => 'theirs' }]]))
    set.parse('main', '{{ upper "x" }}')
    copy.parse('main', '{{ upper "x" }}')

    expect(set.execute('main', null)).toBe('X')
    expect(copy.clone().execute('main', null)).toBe('theirs')
  })
})
