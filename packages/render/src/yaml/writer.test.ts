import { describe, expect, it } from 'vitest'
import { fromBytes, GoBytes, goInt, GoStruct, JsonNumber, nilList, toBytes, TypedMap, type GoValue } from '../go/value.ts'
import { readJson, writeHelmYaml, writePrettyYaml, YamlError } from './index.ts'

/** A text as the value of `k`, what `toYaml` of Helm 3.18.0 and 4.1.4 prints, and `toYamlPretty` where that differs; `! ` is a complaint. */
const texts: [text: string, yaml: string, pretty?: string][] = [
  ['', 'k: ""\n'],
  ['a', 'k: a\n'],
  ['yes', 'k: "yes"\n'],
  ['y', 'k: "y"\n'],
  ['No', 'k: "No"\n'],
  ['on', 'k: "on"\n'],
  ['null', 'k: "null"\n'],
  ['~', 'k: "~"\n'],
  ['true', 'k: "true"\n'],
  ['True', 'k: "True"\n'],
  ['1', 'k: "1"\n'],
  ['-1', 'k: "-1"\n'],
  ['0x1F', 'k: "0x1F"\n'],
  ['0o17', 'k: "0o17"\n'],
  ['010', 'k: "010"\n'],
  ['08', 'k: "08"\n'],
  ['1_000', 'k: "1_000"\n'],
  ['1e3', 'k: "1e3"\n'],
  ['1.5', 'k: "1.5"\n'],
  ['.5', 'k: ".5"\n'],
  ['.inf', 'k: ".inf"\n'],
  ['.nan', 'k: ".nan"\n'],
  ['-', "k: '-'\n"],
  ['--', 'k: --\n'],
  ['---', "k: '---'\n"],
  ['--- x', "k: '--- x'\n"],
  ['...', "k: '...'\n"],
  ['- x', "k: '- x'\n"],
  ['-x', 'k: -x\n'],
  ['?', "k: '?'\n"],
  ['? x', "k: '? x'\n"],
  ['?x', 'k: ?x\n'],
  [':', "k: ':'\n"],
  ['a: b', "k: 'a: b'\n"],
  ['a:b', 'k: a:b\n'],
  ['a:', "k: 'a:'\n"],
  ['#a', "k: '#a'\n"],
  ['a #b', "k: 'a #b'\n"],
  ['a#b', 'k: a#b\n'],
  [',a', "k: ',a'\n"],
  ['[a', "k: '[a'\n"],
  ['{a', "k: '{a'\n"],
  ['a]', 'k: a]\n'],
  ['&a', "k: '&a'\n"],
  ['*a', "k: '*a'\n"],
  ['!a', "k: '!a'\n"],
  ['|a', "k: '|a'\n"],
  ['>a', "k: '>a'\n"],
  ["'a", "k: '''a'\n"],
  ['"a', "k: '\"a'\n"],
  ['a"b', 'k: a"b\n'],
  ["it's", "k: it's\n"],
  ['%a', "k: '%a'\n"],
  ['@a', "k: '@a'\n"],
  ['`a', "k: '`a'\n"],
  ['=', 'k: =\n'],
  ['<<', 'k: <<\n'],
  ['<', 'k: <\n'],
  ['2020-01-02', 'k: "2020-01-02"\n'],
  ['2020-1-2', 'k: "2020-1-2"\n'],
  ['2020-13-01', 'k: 2020-13-01\n'],
  ['12:30', 'k: "12:30"\n'],
  ['12:30:45', 'k: "12:30:45"\n'],
  ['1:2:3.4', 'k: "1:2:3.4"\n'],
  [' a', "k: ' a'\n"],
  ['a ', "k: 'a '\n"],
  ['  ', "k: '  '\n"],
  ['a  b', 'k: a  b\n'],
  ['a\tb', 'k: "a\\tb"\n'],
  ['\ta', 'k: "\\ta"\n'],
  ['a\n', 'k: |\n  a\n'],
  ['a\nb', 'k: |-\n  a\n  b\n'],
  ['a\nb\n', 'k: |\n  a\n  b\n'],
  ['a\n\n', 'k: |+\n  a\n\n'],
  ['\n', 'k: |2+\n\n'],
  ['\na', 'k: |2-\n\n  a\n'],
  ['  a\nb', 'k: |2-\n    a\n  b\n'],
  ['a\n  b\n', 'k: |\n  a\n    b\n'],
  ['a \nb', 'k: "a \\nb"\n'],
  ['a\n b', 'k: |-\n  a\n   b\n'],
  ['a\r\nb', 'k: "a\\r\\nb"\n'],
  ['a\rb', 'k: "a\\rb"\n'],
  ['\u00e9', 'k: \u00e9\n'],
  ['\u65e5\u672c', 'k: \u65e5\u672c\n'],
  ['\ud83d\ude00', 'k: "\\U0001F600"\n'],
  ['\u00a0', 'k: \u00a0\n'],
  ['\u2028', "k: '\u2028'\n"],
  ['a\u2028b', "k: 'a\u2028  b'\n"],
  ['\ufeff', 'k: "\\uFEFF"\n'],
  ['\ufeffa', 'k: "\\uFEFF\\x61"\n'],
  ['\u0000', 'k: "\\0"\n'],
  ['\u0007\u001b', 'k: "\\a\\e"\n'],
  ['\ufffd', 'k: \ufffd\n'],
  ['\\', 'k: \\\n'],
  ['a\\b', 'k: a\\b\n'],
  [
    'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore',
    'k: lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt\n  ut labore\n',
    'k: lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore\n',
  ],
  [
    'lorem: ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore',
    "k: 'lorem: ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor\n  incididunt ut labore'\n",
    "k: 'lorem: ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore'\n",
  ],
  [
    'lorem\tipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut  labore',
    'k: "lorem\\tipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor\n  incididunt ut  labore"\n',
    'k: "lorem\\tipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut  labore"\n',
  ],
  ['a\u0085b', 'k: a b\n', 'k: "a\\Nb"\n'],
  [
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  y z',
    'k: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  y\n  z\n',
    'k: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  y z\n',
  ],
  ['0b11', 'k: "0b11"\n'],
  ['+1', 'k: "+1"\n'],
  ['1e400', 'k: 1e400\n'],
  ['0', 'k: "0"\n'],
  ['00', 'k: "00"\n'],
  ['-0', 'k: "-0"\n'],
  ['9999999999999999999999', 'k: "9999999999999999999999"\n'],
]

/** JSON, and what the two functions print for it. */
const trees: [json: string, yaml: string, pretty: string][] = [
  ['{}', '{}\n', '{}\n'],
  ['[]', '[]\n', '[]\n'],
  ['{"a":{}}', 'a: {}\n', 'a: {}\n'],
  ['{"a":[]}', 'a: []\n', 'a: []\n'],
  [
    '{"a":[1,"b",null,true,{"c":1,"d":[2]},[3,[4]],{}]}',
    'a:\n- 1\n- b\n- null\n- true\n- c: 1\n  d:\n  - 2\n- - 3\n  - - 4\n- {}\n',
    'a:\n  - 1\n  - b\n  - null\n  - true\n  - c: 1\n    d:\n      - 2\n  - - 3\n    - - 4\n  - {}\n',
  ],
  [
    '{"a10":1,"a2":2,"a1":3,"A":4,"_":5,"1":6,"10":7,"2":8,"a":9,"a-b":10,"a.b":11,"\u00e9":12,"a01":13}',
    '_: 5\n"1": 6\n"2": 8\n"10": 7\nA: 4\na: 9\na-b: 10\na.b: 11\na1: 3\na01: 13\na2: 2\na10: 1\n\u00e9: 12\n',
    '_: 5\n"1": 6\n"2": 8\n"10": 7\nA: 4\na: 9\na-b: 10\na.b: 11\na1: 3\na01: 13\na2: 2\na10: 1\n\u00e9: 12\n',
  ],
  ['[[1],[[2]],[{"a":[1]}]]', '- - 1\n- - - 2\n- - a:\n    - 1\n', '- - 1\n- - - 2\n- - a:\n      - 1\n'],
  [
    '{"a":1000000,"b":1e21,"c":1.5e-7,"d":-0.0,"e":1234567.5,"f":12345678901234567890,"g":100000000000000000000,"h":0.1}',
    'a: 1000000\nb: 1e+21\nc: 1.5e-07\nd: 0\ne: 1.2345675e+06\nf: 12345678901234567000\ng: 1e+20\nh: 0.1\n',
    'a: 1e+06\nb: 1e+21\nc: 1.5e-07\nd: -0\ne: 1.2345675e+06\nf: 1.2345678901234567e+19\ng: 1e+20\nh: 0.1\n',
  ],
  ['"x"', 'x\n', 'x\n'],
  ['null', 'null\n', 'null\n'],
  ['1.5', '1.5\n', '1.5\n'],
  [
    '{"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk":1,"lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll":[1],"m\\nn":{"o":1}}',
    'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1\n? lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll\n: - 1\n? |-\n  m\n  n\n: o: 1\n',
    'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1\n? lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll\n: - 1\n? |-\n  m\n  n\n: o: 1\n',
  ],
  ['{"__proto__":1,"constructor":2}', '__proto__: 1\nconstructor: 2\n', '__proto__: 1\nconstructor: 2\n'],
]

describe('YAML is written as Helm writes it', () => {
  it.each(texts)('the text %j', (text, yaml, pretty) => {
    const value = new Map([['k', toBytes(text)]])

    expect(attempt(() => writeHelmYaml(value))).toBe(yaml)
    expect(attempt(() => writePrettyYaml(value))).toBe(pretty ?? yaml)
  })

  it.each(trees)('the value %s', (json, yaml, pretty) => {
    const value = readJson(toBytes(json))

    expect(attempt(() => writeHelmYaml(value))).toBe(yaml)
    expect(attempt(() => writePrettyYaml(value))).toBe(pretty)
  })

  it('whatever type of Go a value has', () => {
    const time = new GoStruct('time.Time', { text: () => 'never', json: () => '"2020-01-02T00:00:00Z"' })
    const value = new Map<string, GoValue>([
      ['bytes', new GoBytes(Buffer.from('hi'))],
      ['int', goInt(9007199254740993n, 'int64')],
      ['nil', undefined],
      ['nilList', nilList()],
      ['nilMap', new TypedMap('map[string]string', { isNil: true })],
      ['number', new JsonNumber('1e+06')],
      ['struct', new GoStruct('main.T', { fields: [['Name', 'x']] })],
      ['time', time],
    ])

    expect(writeHelmYaml(value)).toBe(
      'bytes: aGk=\nint: 9007199254740993\nnil: null\nnilList: null\nnilMap: null\nnumber: 1e+06\nstruct:\n  Name: x\ntime: "2020-01-02T00:00:00Z"\n',
    )
  })

  it('and bytes that are no text as JSON reads them, or prettily as they are', () => {
    const value = new Map([['k', 'a\xff']])

    expect(fromBytes(writeHelmYaml(value))).toBe('k: a\ufffd\n')
    expect(writePrettyYaml(value)).toBe('k: !!binary Yf8=\n')
  })

  it('but no number that JSON does not have', () => {
    expect(() => writeHelmYaml([Number.NaN])).toThrow('json: unsupported value: NaN')
    expect(() => writeHelmYaml(Number.NEGATIVE_INFINITY)).toThrow('json: unsupported value: -Inf')
  })

  it('and nothing that holds itself', () => {
    const circle: GoValue[] = []
    circle.push(circle)

    expect(() => writeHelmYaml(circle)).toThrow(YamlError)
    expect(() => writePrettyYaml(circle)).toThrow(YamlError)
  })

  it('keys of more than 1024 characters not at all, as sigs.k8s.io/yaml cannot read them back', () => {
    expect(() => writeHelmYaml(new Map([['k'.repeat(1025), 1]]))).toThrow("did not find expected ',' or '}'")
    expect(writeHelmYaml(new Map([['k'.repeat(1000), 1]]))).toBe(`? ${'k'.repeat(1000)}\n: 1\n`)
  })
})

function attempt(write: () => string): string {
  try {
    return fromBytes(write())
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    return `! ${error.message}`
  }
}
