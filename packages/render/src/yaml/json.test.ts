import { describe, expect, it } from 'vitest'
import { fromBytes, GoBytes, goInt, GoStruct, JsonNumber, toBytes } from '../go/value.ts'
import { readJson, writeJson } from './index.ts'

/** JSON, and what encoding/json writes for what it has read. */
const texts: [json: string, written: string][] = [
  ['{"b":1,"a":[1,2.5,"x",null,{"k":true}]}', '{"a":[1,2.5,"x",null,{"k":true}],"b":1}'],
  [
    '"<a href=\\"x\\">&\\u2028\\u2029\\u007f\\b\\f\\n\\r\\t\\u0001\u00e9\ud83d\ude00"',
    '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029\u007f\\b\\f\\n\\r\\t\\u0001\u00e9\ud83d\ude00"',
  ],
  ['[1e20,1e21,1e-6,1e-7,-0.0,0.1,123456789012345680000]', '[100000000000000000000,1e+21,0.000001,1e-7,-0,0.1,123456789012345680000]'],
  ['"\\ud800x\\udc00"', '"\ufffdx\ufffd"'],
  ['{"a":1,"a":2}', '{"a":2}'],
]

/** Text that is no JSON, and what encoding/json says. */
const faults: [text: string, message: string][] = [
  ['', 'unexpected end of JSON input'],
  ['{', 'unexpected end of JSON input'],
  ['}', "invalid character '}' looking for beginning of value"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{"a"}', "invalid character '}' after object key"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ['nul', "invalid character ' ' in literal null (expecting 'l')"],
  ['tru e', "invalid character ' ' in literal true (expecting 'e')"],
  ['"a', 'unexpected end of JSON input'],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['01', "invalid character '1' after top-level value"],
  ['1.', "invalid character ' ' after decimal point in numeric literal"],
  ['1e', "invalid character ' ' in exponent of numeric literal"],
  ['-', "invalid character ' ' in numeric literal"],
  ['1 2', "invalid character '2' after top-level value"],
  ['{"a":1}x', "invalid character 'x' after top-level value"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['\ufeff{}', "invalid character '\u00ef' looking for beginning of value"],
  ['\u00e9', "invalid character '\u00c3' looking for beginning of value"],
  ['NaN', "invalid character 'N' looking for beginning of value"],
  ['1e999', 'json: cannot unmarshal number 1e999 into Go value of type float64'],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a" 1}', "invalid character '1' after object key"],
]

describe('JSON is as Go has it', () => {
  it.each(texts)('%s', (json, written) => {
    expect(fromBytes(writeJson(readJson(toBytes(json))))).toBe(written)
  })

  it.each(faults)('%j is none', (text, message) => {
    expect(() => readJson(toBytes(text))).toThrow(toBytes(message))
  })

  it('with its HTML as it is where a template asks for that', () => {
    expect(writeJson('<a>&\xe2\x80\xa8', { escapeHtml: false })).toBe('"<a>&\\u2028"')
  })

  it('with indentation, empty collections on one line', () => {
    const value = new Map([
      ['b', []],
      ['a', [1, new Map()]],
    ])

    expect(writeJson(value, { indent: '  ' })).toBe('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}')
  })

  it('with a replacement for each byte that is no UTF-8, but not for U+FFFD itself', () => {
    expect(writeJson('\xff\xef\xbf\xbd\xe9')).toBe('"\\ufffd\xef\xbf\xbd\\ufffd"')
  })

  it('whatever type of Go a value has', () => {
    const struct = new GoStruct('main.T', {
      fields: [
        ['B', 1],
        ['A', 'x'],
      ],
    })
    const marshaler = new GoStruct('main.M', { json: () => '{"z":[1],"a":{}}' })

    expect(writeJson([new GoBytes(Buffer.from('hi')), goInt(7), undefined, new JsonNumber('1.50'), struct, marshaler])).toBe(
      '["aGk=",7,null,1.50,{"A":"x","B":1},{"z":[1],"a":{}}]',
    )
    expect(writeJson([marshaler], { indent: ' ' })).toBe('[\n {\n  "z": [\n   1\n  ],\n  "a": {}\n }\n]')
  })
})
