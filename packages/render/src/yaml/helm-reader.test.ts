import { describe, expect, it } from 'vitest'
import { fromBytes, JsonNumber, toBytes } from '../go/value.ts'
import { readHelmYaml, writeJson, YamlError } from './index.ts'

const limits = { values: 100_000, depth: 200 }

/** Text, and what `fromYaml | toJson` of Helm 3.18.0 and 4.1.4 makes of it, or behind `! ` its complaint. */
const facts: Record<string, [text: string, result: string][]> = {
  numbers: [
    [
      'a: 1\nb: -1\nc: +1\nd: 010\ne: 0o10\nf: 0x1F\ng: 0b101\nh: 1_000\ni: 08\nj: -0\nk: -0.0\nl: 1e3\nm: .5\nn: 1.\no: 1.5e-7\np: 12345678901234567890\nq: 99999999999999999999999\nr: 1e400\ns: 0x\nt: 0b-11\nu: ._1\nv: .1_0\nw: 1__0\nx: +0x1F\nz: "1"\n',
      '{"a":1,"b":-1,"c":1,"d":8,"e":8,"f":31,"false":1,"g":5,"h":1000,"i":8,"j":0,"k":-0,"l":1000,"m":0.5,"o":1.5e-7,"p":12345678901234567000,"q":1e+23,"r":"1e400","s":"0x","t":-3,"u":"._1","v":0.1,"w":10,"x":31,"z":"1"}',
    ],
  ],
  'not finite numbers': [
    ['a: .inf\n', '! json: unsupported value: +Inf'],
    ['a: -.Inf\n', '! json: unsupported value: -Inf'],
    ['a: .nan\n', '! json: unsupported value: NaN'],
    ['.inf: a\n', '{".inf":"a"}'],
  ],
  words: [
    [
      'a: yes\nb: On\nc: y\nd: N\ne: off\nf: TRUE\ng: tRue\nh: ~\ni: null\nj: NULL\nk:\nl: "yes"\nm: \'~\'\nn: yEs\n',
      '{"a":true,"b":true,"c":true,"d":false,"e":false,"f":true,"false":"yEs","g":"tRue","h":null,"i":null,"j":null,"k":null,"l":"yes","m":"~"}',
    ],
  ],
  'dates and base 60 stay text': [
    [
      'a: 2020-01-02\nb: 2020-01-02T03:04:05Z\nc: 12:30:45\nd: 2020-13-45\n',
      '{"a":"2020-01-02","b":"2020-01-02T03:04:05Z","c":"12:30:45","d":"2020-13-45"}',
    ],
  ],
  keys: [
    ['1: a\n', '{"1":"a"}'],
    ['1.50: a\n', '{"1.5":"a"}'],
    ['1e3: a\n', '{"1000":"a"}'],
    ['1234567.5: a\n', '{"1.2345675e+06":"a"}'],
    ['true: a\nno: b\n', '{"false":"b","true":"a"}'],
    ['n: a\n', '{"false":"a"}'],
    ['~: a\n', '! unsupported map key of type: %!s(<nil>), key: <nil>, value: "a"'],
    [': a\n', '! yaml: did not find expected key'],
    ['? [a]\n: b\n', '! yaml: invalid map key: []interface {}{"a"}'],
    ['a: {{ .Values.x }}\n', '! yaml: invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}'],
    ['0x10: a\n010: b\n', '{"16":"a","8":"b"}'],
    ['9223372036854775807: a\n', '{"9223372036854775807":"a"}'],
    ['2020-01-02: a\n', '{"2020-01-02":"a"}'],
    ['"1": a\n', '{"1":"a"}'],
  ],
  'equal keys: the last wins': [
    ['a: 1\na: 2\n', '{"a":2}'],
    ['{a: 1, a: 2}\n', '{"a":2}'],
  ],
  merges: [
    ['x: &x {a: 1, b: 2}\ny:\n  a: 0\n  <<: *x\n', '{"true":{"a":1,"b":2},"x":{"a":1,"b":2}}'],
    ['x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  a: 3\n', '{"true":{"a":3,"b":2},"x":{"a":1,"b":2}}'],
    ['x: &x {a: 1}\nz: &z {a: 2, b: 3}\ny:\n  <<: [*x, *z]\n', '{"true":{"a":1,"b":3},"x":{"a":1},"z":{"a":2,"b":3}}'],
    ['y:\n  <<: {a: 1}\n', '{"true":{"a":1}}'],
    ['y:\n  <<: 1\n', '! yaml: map merge requires map or sequence of maps as the value'],
    ['x: &x [1]\ny:\n  <<: *x\n', '! yaml: map merge requires map or sequence of maps as the value'],
    ['"<<": 1\n', '{"\\u003c\\u003c":1}'],
    ['a: <<\n', '{"a":"\\u003c\\u003c"}'],
  ],
  anchors: [
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x\n', '{"a":1,"b":1,"c":2,"d":2}'],
    ['a: *nope\n', "! yaml: unknown anchor 'nope' referenced"],
    ['a: &a\n  b: *a\n', "! yaml: anchor 'a' value contains itself"],
    ['&a k: v\n*a : w\n', '{"k":"w"}'],
    ['a: &b\nc: *b\n', '{"a":null,"c":null}'],
  ],
  tags: [
    [
      'a: !!str 1\nb: !!int "2"\nc: !!float 3\nd: !custom x\ne: !!binary aGk=\nf: ! 5\ng: !!null ""\nh: !!bool yes\ni: !!timestamp 2020-01-01\n',
      '{"a":"1","b":2,"c":3,"d":"x","e":"hi","f":"5","g":null,"h":true,"i":"2020-01-01"}',
    ],
    ['a: !!int x\n', '! yaml: cannot decode !!str `x` as a !!int'],
    ['a: !!binary "*"\n', '! yaml: !!binary value contains invalid base64 data'],
    ['a: !x!y z\n', '! yaml: found undefined tag handle'],
    ['%TAG !x! tag:x,1:\n---\na: !x!y z\n', '{"a":"z"}'],
    ['a: !!float 0x10\n', '{"a":16}'],
    ['a: !<tag:yaml.org,2002:str> 1\n', '{"a":"1"}'],
    ['a: !!map {b: 1}\n', '{"a":{"b":1}}'],
  ],
  documents: [
    ['a: 1\n---\nb: 2\n', '{"a":1}'],
    ['---\n---\nb: 2\n', 'null'],
    ['...\n', '! yaml: did not find expected node content'],
    ['%YAML 1.1\n---\na: 1\n', '{"a":1}'],
    ['%YAML 1.2\n---\na: 1\n', '! yaml: found incompatible YAML document'],
    ['%FOO\n---\na: 1\n', '! yaml: found unknown directive name'],
    ['# nothing\n', 'null'],
    ['', 'null'],
    ['--- a\n', '"a"'],
    ['{a: 1}\nb: 2\n', '{"a":1}'],
    ['a: 1\n...\nb: 2\n', '{"a":1}'],
    ['[a] b\n', '["a"]'],
    ['{}: x\n', '{}'],
  ],
  'line breaks and marks': [
    ['a: 1\r\nb: |\r\n  x\r\n  y\r\n', '{"a":1,"b":"x\\ny\\n"}'],
    ['\ufeffa: 1\n', '{"a":1}'],
    ['a: x\u0085b: y\n', '{"a":"x","b":true}'],
    ['a: x\u2028b: y\n', '{"a":"x","b":true}'],
    ['a: "x\u2028y"\n', '{"a":"x\\u2028y"}'],
    ['a: 1\n\ufeffb: 2\n', '{"a":1,"\ufeffb":2}'],
    ['a\rb: c\n', '! yaml: line 2: mapping values are not allowed in this context'],
  ],
  tabs: [
    ['a:\tb\n', '{"a":"b"}'],
    ['\ta: b\n', '! yaml: found character that cannot start any token'],
    ['a: b\t# c\n', '{"a":"b"}'],
    ['a:\n\tb: c\n', '! yaml: line 2: found character that cannot start any token'],
    ['a: "x\ty"\n', '{"a":"x\\ty"}'],
    ['- \ta\n', '! yaml: found character that cannot start any token'],
    ['a:\n  - b\n\t- c\n', '! yaml: line 3: found a tab character that violates indentation'],
    ['{a:\t1}\n', '{"a":1}'],
  ],
  'block scalars': [
    ['a: |\n  x\n   y\n\n  z\n\n\nb: 1\n', '{"a":"x\\n y\\n\\nz\\n","b":1}'],
    ['a: |-\n  x\n\n', '{"a":"x"}'],
    ['a: |+\n  x\n\n', '{"a":"x\\n\\n"}'],
    ['a: >\n  x\n  y\n\n  z\n   w\n  v\n', '{"a":"x y\\nz\\n w\\nv\\n"}'],
    ['a: |2\n   x\n', '{"a":" x\\n"}'],
    ['a: |-2\n   x\n', '{"a":" x"}'],
    ['a: |0\n  x\n', '! yaml: found an indentation indicator equal to 0'],
    ['a: |\n\n    x\n  y\n', '! yaml: line 3: did not find expected key'],
    ['a: | # c\n  x # y\n', '{"a":"x # y\\n"}'],
    ['a: |x\n  y\n', '! yaml: did not find expected comment or line break'],
    ['- |\n x\n- y\n', '["x\\n",true]'],
    ['a: |\n\tx\n', '! yaml: line 2: found a tab character where an indentation space is expected'],
    ['a: >-\n\n  x\n\n\n  y\n', '{"a":"\\nx\\n\\ny"}'],
  ],
  'quoted scalars': [
    ['a: "x\\n\\t\\x41\\u00e9\\U0001F600\\\\\\""\n', '{"a":"x\\n\\tA\u00e9\ud83d\ude00\\\\\\""}'],
    ['a: "\\/"\n', '! yaml: found unknown escape character'],
    ['a: "\\q"\n', '! yaml: found unknown escape character'],
    ['a: "\\ud800"\n', '! yaml: found invalid Unicode character escape code'],
    ['a: "x\n  y\n\n  z\\\n   w"\n', '{"a":"x y\\nzw"}'],
    ["a: 'it''s\n  x'\n", '{"a":"it\'s x"}'],
    ['a: "x\n---\ny"\n', '! yaml: line 2: found unexpected document indicator'],
    ['a: "x\n', '! yaml: line 2: found unexpected end of stream'],
    ['a: "x" y\n', '! yaml: did not find expected key'],
    ['a: "\\x4"\n', '! yaml: did not find expected hexdecimal number'],
    ['"a" "b": c\n', '! yaml: did not find expected key'],
  ],
  'plain scalars over lines': [
    ['a: x\n  y\n\n  z\n', '{"a":"x y\\nz"}'],
    ['a: x\n  y: z\n', '! yaml: line 2: mapping values are not allowed in this context'],
    ['a: b: c\n', '! yaml: mapping values are not allowed in this context'],
    ['a: b #c\n', '{"a":"b"}'],
    ['a: b#c\n', '{"a":"b#c"}'],
    ['a: - b\n', '! yaml: block sequence entries are not allowed in this context'],
    ['a: @b\n', '! yaml: found character that cannot start any token'],
    ['a: `b`\n', '! yaml: found character that cannot start any token'],
    ['a: %b\n', '! yaml: found character that cannot start any token'],
    ['a: ?b\n', '{"a":"?b"}'],
    ['- -b\n- --- b\n', '["-b","--- b"]'],
    ['a: x,y]\n', '{"a":"x,y]"}'],
  ],
  'flow collections': [
    ['a: [1, 2,\n  3, {b: c}, [d]]\n', '{"a":[1,2,3,{"b":"c"},["d"]]}'],
    ['{a: 1, b, "c": d, "e":f, g:h}\n', '{"a":1,"b":null,"c":"d","e":"f","g:h":null}'],
    ['[a, , b]\n', '! yaml: did not find expected node content'],
    ['[a, b\n', "! yaml: line 1: did not find expected ',' or ']'"],
    ['{a: b\n', "! yaml: line 1: did not find expected ',' or '}'"],
    ['[a]]\n', '["a"]'],
    ['{a: [}\n', '! yaml: did not find expected node content'],
    ['[a: b, c]\n', '[{"a":"b"},"c"]'],
    ['[? a : b]\n', '[{"a":"b"}]'],
    ['[a, b,]\n', '["a","b"]'],
    ['{a,}\n', '{"a":null}'],
    ['{? a : b}\n', '{"a":"b"}'],
    ['[-]\n', '["-"]'],
    ['{a: {{b}}}\n', '! yaml: invalid map key: map[interface {}]interface {}{"b":interface {}(nil)}'],
    ['[a\nb]\n', '["a b"]'],
    ['a: [\n]\n', '{"a":[]}'],
  ],
  indentation: [
    ['a:\n- b\n- c\nd: e\n', '{"a":["b","c"],"d":"e"}'],
    ['a:\n  - b\n - c\n', '! yaml: line 2: did not find expected key'],
    ['a:\n  b: 1\n c: 2\n', '! yaml: line 2: did not find expected key'],
    ['a:\n    b: 1\n  c: 2\n', '! yaml: line 2: did not find expected key'],
    ['- a\n- - b\n  - c\n-\n  d: e\n  f: g\n-   h: i\n    j: k\n', '["a",["b","c"],{"d":"e","f":"g"},{"h":"i","j":"k"}]'],
    [' a: 1\nb: 2\n', '{"a":1}'],
    ['a: 1\n b: 2\n', '! yaml: line 2: mapping values are not allowed in this context'],
    ['- a\nb: c\n', "! yaml: line 1: did not find expected '-' indicator"],
    ['a:\n- b\nc\n', "! yaml: line 4: could not find expected ':'"],
    ['a: 1\nb\nc: 2\n', "! yaml: line 3: could not find expected ':'"],
    ['a:\nb:\n', '{"a":null,"b":null}'],
    ['? a\n: b\n? c\n', '{"a":"b","c":null}'],
    ['a:\n  - b: 1\n    c: 2\n  -\n', '{"a":[{"b":1,"c":2},null]}'],
  ],
  'control characters': [
    ['a: \u0001\n', '! yaml: control characters are not allowed'],
    ['a: "\u007f"\n', '! yaml: control characters are not allowed'],
    ['a: \ufffe\n', '! yaml: control characters are not allowed'],
  ],
}

describe('YAML is read as Helm reads it', () => {
  for (const [what, cases] of Object.entries(facts)) {
    it.each(cases)(`${what}: %j`, (text, result) => {
      expect(read(text)).toBe(result)
    })
  }

  it('takes the names of every object for ordinary keys', () => {
    const value = readHelmYaml('__proto__: {a: 1}\nconstructor: 2\ntoString: 3\n', limits)

    expect(writeJson(value)).toBe('{"__proto__":{"a":1},"constructor":2,"toString":3}')
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it('gives each alias a value of its own, since a template may change one', () => {
    const value = readHelmYaml('a: &x {k: [1]}\nb: *x\n', limits)

    if (!(value instanceof Map)) throw new Error('a mapping was read as something else')
    expect(value.get('b')).toEqual(value.get('a'))
    expect(value.get('b')).not.toBe(value.get('a'))
  })

  it('keeps the digits of numbers for Helm 3.18.0, which reads values.yaml so', () => {
    const value = readHelmYaml('a: 12345678901234567890\nb: 1.50\nc: 0x10\n', limits, { useNumber: true })

    if (!(value instanceof Map)) throw new Error('a mapping was read as something else')
    const numbers = [...value.values()].map((number) => (number instanceof JsonNumber ? number.number : undefined))
    expect(numbers).toEqual(['12345678901234567890', '1.5', '16'])
  })

  it('reads UTF-16, as an editor on Windows may write it', () => {
    const utf16 = Buffer.from('\ufeffa: é\n', 'utf16le').toString('latin1')

    expect(fromBytes(writeJson(readHelmYaml(utf16, limits)))).toBe('{"a":"é"}')
  })

  it('says where the text is no UTF-8', () => {
    expect(() => readHelmYaml('a: \xff\n', limits)).toThrow('yaml: invalid leading UTF-8 octet')
    expect(() => readHelmYaml('a: \xe9\n', limits)).toThrow('yaml: incomplete UTF-8 octet sequence')
  })

  it('takes a key of 1024 characters, and none longer', () => {
    const longest = 'é'.repeat(1024)

    expect(read(`${longest}: 1`)).toBe(`{"${longest}":1}`)
    expect(read(`${longest}é: 1`)).toBe('! yaml: mapping values are not allowed in this context')
  })
})

function read(text: string): string {
  try {
    return fromBytes(writeJson(readHelmYaml(toBytes(text), limits)))
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    return fromBytes(error.message).replace('error converting YAML to JSON: ', '! ')
  }
}
