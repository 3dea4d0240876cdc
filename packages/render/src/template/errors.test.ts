import { describe, expect, it } from 'vitest'
import { GoStruct, goInt, typedList } from '../go/value.ts'
import { TemplateError } from './contract.ts'
import { newSet, renderError } from './testing/render-template.ts'

const data = { name: 'web', port: 80, map: { a: 1 }, list: [1, 'two', null], none: null }

/** What Go says after the place: the node between angle brackets and the message. */
const executionErrors: readonly (readonly [string, string])[] = [
  ['{{ .missing.a }}', '1:11 <.missing.a>: nil pointer evaluating interface {}.a'],
  ['{{ .name.a }}', "1:8 <.name.a>: can't evaluate field a in type interface {}"],
  ['{{ $x := .name }}{{ $x.a }}', "1:22 <$x.a>: can't evaluate field a in type string"],
  ['{{ with .name }}{{ .a }}{{ end }}', "1:19 <.a>: can't evaluate field a in type string"],
  ['{{ range .list }}{{ .a }}{{ end }}', "1:20 <.a>: can't evaluate field a in type interface {}"],
  ['{{ range $i, $v := .list }}{{ $i.a }}{{ end }}', "1:32 <$i.a>: can't evaluate field a in type int"],
  ['{{ (.name).a }}', "1:4 <.name>: can't evaluate field a in type string"],
  ['a\n  {{ .map.a.b }}', "2:9 <.map.a.b>: can't evaluate field b in type interface {}"],
  ['{{ .map "x" }}', '1:3 <.map>: map is not a method but has arguments'],
  ['{{ 1 2 }}', "1:3 <1>: can't give argument to non-function 1"],
  ['{{ .name | $ }}', "1:11 <$>: can't give argument to non-function $"],
  ['{{ if false }}{{ 1 2 }}{{ end }}{{ nil }}', '1:35 <nil>: nil is not a command'],
  ['{{ upper 1 }}', '1:9 <1>: expected string; found 1'],
  ['{{ upper .port }}', '1:9 <.port>: wrong type for value; expected string; got float64'],
  ['{{ upper .none }}', '1:9 <.none>: wrong type for value; expected string; got interface {}'],
  ['{{ upper (.none) }}', '1:10 <.none>: invalid value; expected string'],
  ['{{ upper nil }}', '1:9 <nil>: cannot assign nil to string'],
  ['{{ .port | upper }}', '1:11 <upper>: wrong type for value; expected string; got float64'],
  ['{{ double 1.5 }}', '1:10 <1.5>: expected integer; found 1.5'],
  ['{{ double .port }}', '1:10 <.port>: wrong type for value; expected int; got float64'],
  ['{{ float "a" }}', '1:9 <"a">: expected float; found "a"'],
  ['{{ flag 1 }}', '1:8 <1>: expected bool; found 1'],
  ['{{ size 1 }}', `1:8 <1>: can't handle 1 for arg of type map[string]interface {}`],
  ['{{ size .list }}', '1:8 <.list>: wrong type for value; expected map[string]interface {}; got []interface {}'],
  ['{{ upper }}', '1:3 <upper>: wrong number of args for upper: want 1 got 0'],
  ['{{ "b" | upper "a" }}', '1:9 <upper>: wrong number of args for upper: want 1 got 2'],
  ['{{ join }}', '1:3 <join>: wrong number of args for join: want at least 1 got 0'],
  ['{{ fail "no" }}', '1:3 <fail "no">: error calling fail: no'],
  ['{{ print 1 | printf "%s" | fail }}', '1:27 <fail>: error calling fail: 1'],
  ['{{ eq .port 80 }}', '1:3 <eq .port 80>: error calling eq: incompatible types for comparison'],
  [
    '{{ eq .map .list }}',
    '1:3 <eq .map .list>: error calling eq: non-comparable types map[a:%!s(float64=1)]: map[string]interface {}, []interface {}: [1 two <nil>]',
  ],
  ['{{ eq .map .map }}', '1:3 <eq .map .map>: error calling eq: non-comparable type map[a:%!s(float64=1)]: map[string]interface {}'],
  ['{{ eq 1 }}', '1:3 <eq 1>: error calling eq: missing argument for comparison'],
  ['{{ lt .map 1 }}', '1:3 <lt .map 1>: error calling lt: invalid type for comparison'],
  ['{{ lt true false }}', '1:3 <lt true false>: error calling lt: invalid type for comparison'],
  ['{{ len 3 }}', '1:3 <len 3>: error calling len: len of type int'],
  ['{{ len .none }}', '1:3 <len .none>: error calling len: len of nil pointer'],
  ['{{ len nil }}', '1:3 <len nil>: error calling len: reflect: call of reflect.Value.Type on zero Value'],
  ['{{ index .list 9 }}', '1:3 <index .list 9>: error calling index: index out of range: 9'],
  ['{{ index .list 3 }}', '1:3 <index .list 3>: error calling index: reflect: slice index out of range'],
  ['{{ index .list "a" }}', '1:3 <index .list "a">: error calling index: cannot index slice/array with type string'],
  ['{{ index .map 1 }}', '1:3 <index .map 1>: error calling index: value has type int; should be string'],
  ['{{ index .none 1 }}', '1:3 <index .none 1>: error calling index: index of untyped nil'],
  ['{{ index .map "b" "c" }}', '1:3 <index .map "b" "c">: error calling index: index of nil pointer'],
  ['{{ index 1 1 }}', "1:3 <index 1 1>: error calling index: can't index item of type int"],
  ['{{ slice .map }}', "1:3 <slice .map>: error calling slice: can't slice item of type map[string]interface {}"],
  ['{{ slice "abc" 2 1 }}', '1:3 <slice "abc" 2 1>: error calling slice: invalid slice index: 2 > 1'],
  ['{{ call .name }}', '1:3 <call .name>: error calling call: non-function .name of type string'],
  ['{{ call nil }}', '1:3 <call nil>: error calling call: call of nil'],
  ['{{ range .name }}{{ end }}', "1:9 <.name>: range can't iterate over web"],
  ['{{ range .port }}{{ end }}', "1:9 <.port>: range can't iterate over 80"],
  ['{{ range $i, $v := 3 }}{{ end }}', "1:19 <3>: can't use 3 to iterate over more than one variable"],
  ['{{ template "nope" }}', '1:12 <{{template "nope"}}>: template "nope" not defined'],
  ['{{ 18446744073709551615 }}', '1:3 <18446744073709551615>: 18446744073709551615 overflows int'],
  ['{{ 9223372036854775808 | print }}', '1:3 <9223372036854775808>: 9223372036854775808 overflows int'],
]

const parseErrors: readonly (readonly [string, string])[] = [
  ['{{ nope }}', '1: function "nope" not defined'],
  ['a\n{{ $x }}', '2: undefined variable "$x"'],
  ['{{ if }}', '1: missing value for if'],
  ['{{ .a', '1: unclosed action'],
  ['{{ .a\n', '2: unclosed action started at chart/a.yaml:1'],
  ['{{ "a }}', '1: unterminated quoted string'],
  ['{{ `a }}', '1: unterminated raw quoted string'],
  ["{{ 'a }}", '1: unterminated character constant'],
  ['{{/* a }}', '1: unclosed comment'],
  ['{{/* a */ }}', '1: comment ends before closing delimiter'],
  ['{{ (1 }}', '1: unclosed left paren'],
  ['{{ 1) }}', '1: unexpected right paren'],
  ['{{ .a@ }}', "1: bad character U+0040 '@'"],
  ['{{ \u0001 }}', '1: unrecognized character in action: U+0001'],
  ['{{ : }}', '1: expected :='],
  ['{{ 1x }}', '1: bad number syntax: "1x"'],
  ['{{ 0b2 }}', '1: bad number syntax: "0b2"'],
  ['{{ 99999999999999999999 }}', '1: integer overflow: "99999999999999999999"'],
  ['{{ 1_ }}', '1: illegal number syntax: "1_"'],
  ["{{ 'ab' }}", "1: malformed character constant: 'ab'"],
  ['{{ "\\q" }}', '1: invalid syntax'],
  ['{{ 1 | 2 }}', '1: non executable command in pipeline stage 2'],
  ['{{ | print }}', '1: unexpected "|" in command'],
  ['{{ print , }}', '1: unexpected "," in operand'],
  ['{{ "a".b }}', '1: unexpected . after term "\\"a\\""'],
  ['{{ $a, $b := 1 }}', '1: too many declarations in command'],
  ['{{ range $a, $b, $c := 1 }}{{ end }}', '1: too many declarations in range'],
  ['{{ range $a, 1 }}{{ end }}', '1: range can only initialize variables'],
  ['{{ if true }}', '1: unexpected EOF'],
  ['\n{{ end }}', '2: unexpected {{end}}'],
  ['{{ else }}', '1: unexpected {{else}}'],
  ['{{ if 1 }}{{ else }}{{ else }}{{ end }}', '1: expected end; found {{else}}'],
  ['{{ range 1 }}{{ else if 1 }}{{ end }}', '1: unexpected <if> in input'],
  ['{{ break }}', '1: {{break}} outside {{range}}'],
  ['{{ range 1 }}{{ continue 1 }}{{ end }}', '1: unexpected "1" in {{continue}}'],
  ['{{ define "a" }}', '1: unexpected EOF'],
  ['{{ define a }}{{ end }}', '1: unexpected "a" in define clause'],
  ['{{ define "a" }}1{{ end }}{{ define "a" }}2{{ end }}', '1: template: multiple definition of template "a"'],
  ['{{ if 1 }}{{ define "a" }}{{ end }}{{ end }}', '1: unexpected <define> in command'],
  ['{{ template 1 }}', '1: unexpected "1" in template clause'],
  ['{{ end of line }}', '1: unexpected "of" in end'],
  ['{{ longidentifier"x" }}', "1: bad character U+0022 '\"'"],
]

describe('an execution that fails', () => {
  it.each(executionErrors)('%j says %j', (text, expected) => {
    const [place = '', ...rest] = expected.split(' ')

    expect(renderError(text, data)).toBe(`template: chart/a.yaml:${place}: executing "chart/a.yaml" at ${rest.join(' ')}`)
  })

  it('names the definition that fails and the file that it stands in', () => {
    const set = newSet()
    set.parse('chart/_helpers.tpl', '\n{{ define "h" }}\n{{ .a.b }}{{ end }}')
    set.parse('chart/a.yaml', '{{ include "h" . }}')

    expect(() => set.execute('chart/a.yaml', new Map([['a', null]]))).toThrow(
      new TemplateError(
        'template: chart/a.yaml:1:3: executing "chart/a.yaml" at <include "h" .>: error calling include: template: chart/_helpers.tpl:3:5: executing "h" at <.a.b>: nil pointer evaluating interface {}.b',
      ),
    )
  })

  it('fails for a template that there is not', () => {
    expect(() => newSet().execute('nope', null)).toThrow(new TemplateError('template: no template "nope" associated with template "gotpl"'))
  })

  it('names the fields of structs and of typed lists by their own types', () => {
    const set = newSet()
    set.parse('a', '{{ .V.Nope }}')
    set.parse('b', '{{ range .L }}{{ .Nope }}{{ end }}')
    set.parse('c', '{{ .V.Major 1 }}')
    const version = new GoStruct('*semver.Version', { kind: 'ptr', fields: [['Major', goInt(1)]] })
    const values = new Map<string, GoStruct | ReturnType<typeof typedList>>([
      ['V', version],
      ['L', typedList('string', ['a'])],
    ])

    expect(() => set.execute('a', values)).toThrow("can't evaluate field Nope in type interface {}")
    expect(() => set.execute('b', values)).toThrow("can't evaluate field Nope in type string")
    expect(() => set.execute('c', values)).toThrow('Major has arguments but cannot be invoked as function')
  })

  it('compares in the words of the Go that built the tool', () => {
    expect(renderError('{{ eq 1.0 1 }}', {}, { goRelease: '1.25' })).toContain('incompatible types for comparison: float64 and int')
  })

  it('can take a missing key for an error', () => {
    const strict = { missingKey: 'error' } as const

    expect(renderError('{{ .a }}', {}, strict)).toContain('at <.a>: map has no entry for key "a"')
    expect(renderError('{{ (index . "a").b }}', {}, strict)).toContain('nil data; no entry for key "b"')
    expect(renderError('{{ .a }}', { a: null }, strict)).toBe('no error: <no value>')
  })
})

describe('a text that cannot be parsed', () => {
  it.each(parseErrors)('%j says %j', (text, expected) => {
    expect(renderError(text)).toBe(`template: chart/a.yaml:${expected}`)
  })

  it('leaves the set as it was', () => {
    const set = newSet()
    set.parse('a', 'old')

    expect(() => set.parse('a', '{{ define "b" }}{{ end }}{{')).toThrow(TemplateError)
    expect(set.has('b')).toBe(false)
    expect(set.execute('a', null)).toBe('old')
  })
})
