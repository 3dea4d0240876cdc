import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatValue, sprint, sprintf, sprintln } from './format.ts'
import type { GoValue } from './value.ts'
import { GoBytes, GoStruct, TypedMap, fromBytes, goInt, toBytes, typedList } from './value.ts'

const int = (value: number): GoValue => goInt(value)
const duration = (nanoseconds: number): GoValue => goInt(nanoseconds, 'time.Duration')
const bytes = (text: string): GoValue => new GoBytes(Buffer.from(text))

/** Format, arguments, and what Go's fmt.Sprintf gives for them. */
const printed: readonly (readonly [string, readonly GoValue[], string])[] = [
  ['%v', [1000000], '1e+06'],
  ['%v', [123456789], '1.23456789e+08'],
  ['%v', [100000], '100000'],
  ['%v', [1e21], '1e+21'],
  ['%v', [1.5e-7], '1.5e-07'],
  ['%v', [0.1], '0.1'],
  ['%v', [3], '3'],
  ['%s', [1000000], '%!s(float64=1e+06)'],
  ['%s', [null], '%!s(<nil>)'],
  ['%d', [3], '%!d(float64=3)'],
  ['%d', ['hi'], '%!d(string=hi)'],
  ['%d', [int(42)], '42'],
  ['%5d|%-5d|%05d|%+d|% d', [int(42), int(42), int(-42), int(42), int(42)], '   42|42   |-0042|+42| 42'],
  [
    '%x|%X|%#x|%o|%#o|%O|%b|%#b',
    [int(255), int(255), int(255), int(8), int(8), int(8), int(5), int(5)],
    'ff|FF|0xff|10|010|0o10|101|0b101',
  ],
  ['%c|%q|%U|%#U', [int(233), int(233), int(233), int(233)], "\u00e9|'\u00e9'|U+00E9|U+00E9 '\u00e9'"],
  ['%q', ['a"b\n\u00e9\u2028\ud83d\ude00'], '"a\\"b\\n\u00e9\\u2028\ud83d\ude00"'],
  ['%+q', ['\u00e9'], '"\\u00e9"'],
  ['%#q', ['a`b'], '"a`b"'],
  ['%#q', ['ab'], '`ab`'],
  ['%x|% x|%#x|% #X', ['hi', 'hi', 'hi', 'hi'], '6869|68 69|0x6869|0X68 0X69'],
  ['%10s|%-10s|%.2s|%5.1s', ['\u00e9', '\u00e9', '\u00e9a\u00e9', '\u00e9a'], '         \u00e9|\u00e9         |\u00e9a|    \u00e9'],
  ['%t|%v|%5t', [true, false, true], 'true|false| true'],
  [
    '%e|%.2e|%E|%f|%.1f|%8.2f|%-8.2f|%+.1f|%g|%.3g|%G|%b',
    [12345.678, 12345.678, 12345.678, 12345.678, 12345.678, 12345.678, 12345.678, 12345.678, 1e-7, 12345.678, 1e-7, 1],
    '1.234568e+04|1.23e+04|1.234568E+04|12345.678000|12345.7|12345.68|12345.68|+12345.7|1e-07|1.23e+04|1E-07|4503599627370496p-52',
  ],
  ['%.0f|%.0f|%.0f|%.1f', [0.5, 1.5, 2.5, 0.25], '0|2|2|0.2'],
  ['%x|%.3x', [1.5, 3.14159], '0x1.8p+00|0x1.922p+01'],
  [
    '%v|%+v|%#v|%T',
    [
      new Map<string, GoValue>([
        ['a', 1],
        ['b', 'x'],
        ['c', null],
      ]),
      new Map<string, GoValue>([['a', 1]]),
      new Map<string, GoValue>([
        ['a', 1],
        ['b', 'x'],
        ['c', null],
      ]),
      new Map<string, GoValue>([]),
    ],
    'map[a:1 b:x c:<nil>]|map[a:1]|map[string]interface {}{"a":1, "b":"x", "c":interface {}(nil)}|map[string]interface {}',
  ],
  [
    '%v|%#v|%T|%s|%q',
    [[1, 'two', null, true], [1, 'two', null, true], [], ['a', 1], ['a', null]],
    '[1 two <nil> true]|[]interface {}{1, "two", interface {}(nil), true}|[]interface {}|[a %!s(float64=1)]|["a" <nil>]',
  ],
  [
    '%v|%s|%x|%q|%d|%#v|%T',
    [bytes('hi'), bytes('hi'), bytes('hi'), bytes('hi'), bytes('hi'), bytes('hi'), bytes('hi')],
    '[104 105]|hi|6869|"hi"|[104 105]|[]byte{0x68, 0x69}|[]uint8',
  ],
  [
    '%v|%q|%T|%#v',
    [typedList('string', ['a', 'b']), typedList('string', ['a', 'b']), typedList('string', ['a', 'b']), typedList('string', ['a', 'b'])],
    '[a b]|["a" "b"]|[]string|[]string{"a", "b"}',
  ],
  [
    '%v|%s|%d|%T|%q',
    [duration(5400000000000), duration(1500), duration(1500000), duration(1), duration(0)],
    '1h30m0s|1.5\u00b5s|1500000|time.Duration|"0s"',
  ],
  ['%T %T %T %T %T %T', ['a', 1.5, true, null, int(1), goInt(1, 'int64')], 'string float64 bool <nil> int int64'],
  ['%v %v', ['a'], 'a %!v(MISSING)'],
  ['%v', ['a', 'b', int(1), null], 'a%!(EXTRA string=b, int=1, <nil>)'],
  ['%!', ['a'], '%!!(string=a)'],
  ['%', [], '%!(NOVERB)'],
  ['100%%', [], '100%'],
  ['%[2]v %[1]v', ['a', 'b'], 'b a'],
  ['%[3]v', ['a', 'b'], '%!v(BADINDEX)'],
  ['%[x]v', ['a'], '%!v(BADINDEX)'],
  ['%[2]*[1]d|', [int(7), int(5)], '    7|'],
  ['%*d|%-*d|', [int(5), int(42), int(5), int(42)], '   42|42   |'],
  ['%*d', ['x', int(1)], '%!(BADWIDTH)1'],
  ['%.*f', [int(2), 3.14159], '3.14'],
  ['%z', ['a'], '%!z(string=a)'],
  ['%z', [null], '%!z(<nil>)'],
  ['%6.2f%%', [99.5], ' 99.50%'],
  ['%v', [Number.NaN], 'NaN'],
  ['%v|%+v|%6.1f|%06.1f', [Infinity, Infinity, -Infinity, -Infinity], '+Inf|+Inf|  -Inf|  -Inf'],
  ['%v', [-0], '-0'],
  ['%08.3f|%+08.3f|% 8.3f', [-3.14159, 3.14159, 3.14159], '-003.142|+003.142|   3.142'],
  ['%#g|%#.3g|%#v', [1, 10000000000, 1000000], '1.00000|1.00e+10|1e+06'],
  ['%#v|%#v', ['a"b', goInt(3, 'uint8')], '"a\\"b"|0x3'],
  ['%v %d', [[duration(1000000000)], [1.5]], '[1s] [%!d(float64=1.5)]'],
  ['%w', ['x'], '%!w(string=x)'],
]

describe('sprintf', () => {
  it.each(printed)('prints %j with %o as Go does', (format, args, expected) => {
    const text = sprintf(toBytes(format), args.map(inBytes))

    expect(fromBytes(text)).toBe(expected)
  })

  it('escapes bytes that are no UTF-8', () => {
    expect(sprintf('%q', ['\x80a\xff'])).toBe(String.raw`"\x80a\xff"`)
  })

  it('pads by characters and not by bytes', () => {
    expect(sprintf('%4s|', [toBytes('é')])).toBe(`   ${toBytes('é')}|`)
  })

  it('asks a value that knows its own text', () => {
    const version = new GoStruct('*semver.Version', { kind: 'ptr', fields: [['Major', int(1)]], text: () => '1.2.3' })

    expect(sprintf('%v %s %q %x %d', [version, version, version, version, version])).toBe('1.2.3 1.2.3 "1.2.3" 312e322e33 &{1}')
  })

  it('prints the fields of a struct that has no text', () => {
    const point = new GoStruct('main.Point', {
      fields: [
        ['X', int(1)],
        ['Y', 'a'],
      ],
    })

    expect(sprintf('%v %+v %#v %T', [point, point, point, point])).toBe('{1 a} {X:1 Y:a} main.Point{X:1, Y:"a"} main.Point')
  })

  it('knows the type of a typed map', () => {
    const map = new TypedMap('map[string]string', {
      elementType: 'string',
      entries: [
        ['b', '1'],
        ['a', '2'],
      ],
    })

    expect(sprintf('%v %T %#v', [map, map, map])).toBe('map[a:2 b:1] map[string]string map[string]string{"a":"2", "b":"1"}')
  })

  it('says something about every format and fails at none', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.integer().map((number) => goInt(number)),
      fc.array(fc.string()),
    )
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'%vdsqxTfge#+-0 .*[]123é'.split('')) }),
        fc.array(value, { maxLength: 4 }),
        (format, args) => {
          expect(typeof sprintf(toBytes(format), args)).toBe('string')
        },
      ),
    )
  })
})

describe('sprint', () => {
  it('puts a space only between two values that are both no strings', () => {
    expect(sprint([int(1), int(2), 'a', 'b', int(3), null, 1.5, true])).toBe('1 2ab3 <nil> 1.5 true')
  })

  it('puts one between all of them when the line is ended', () => {
    expect(sprintln(['a', int(1), null])).toBe('a 1 <nil>\n')
  })

  it('prints nothing for no arguments', () => {
    expect(sprint([])).toBe('')
    expect(sprintln([])).toBe('\n')
  })

  it('sorts the keys of a map by their bytes', () => {
    const map = new Map<string, GoValue>([
      ['b', 1],
      ['a10', 2],
      ['a2', 3],
      ['B', 4],
      [toBytes('é'), 5],
    ])

    expect(formatValue(map)).toBe(`map[B:4 a10:2 a2:3 b:1 ${toBytes('é')}:5]`)
  })
})

function inBytes(value: GoValue): GoValue {
  if (typeof value === 'string') return toBytes(value)
  return Array.isArray(value) && value.constructor === Array ? value.map(inBytes) : value
}

it('prints every byte of a long file as Go does', () => {
  const all = new GoBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte))

  expect(sprintf('%v', [all])).toBe(`[${Array.from({ length: 256 }, (_, byte) => byte).join(' ')}]`)
  expect(sprintf('%d %3d %+v', [bytes(''), bytes('\t'), bytes('d')])).toBe('[] [  9] [100]')
})
