import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatValue } from '../../go/format.ts'
import { fromBytes, goInt, toBytes, type GoMap } from '../../go/value.ts'
import { readJson, YamlError } from '../../yaml/index.ts'
import { parseSet, parseSetFile, parseSetJson, parseSetLiteral, parseSetString, type SetOptions } from './index.ts'

type Flag = 'set' | 'sets' | 'setj' | 'setl' | 'setf'

/** Flag, text, and what Helm 3.18.0 makes of the values below (as `%v` prints them), then 4.1.4 where that differs; `! ` is a complaint. */
const facts: [flag: Flag, text: string, result: string, result4?: string][] = [
  [
    'set',
    'a=1,b=x,c=true,d=FALSE,e=null,f=007,g=0,h=1.5,i=9223372036854775807,j=9223372036854775808,k=+5,l=-5',
    'map[a:1 b:x c:true d:false e:<nil> f:007 g:0 h:1.5 i:9223372036854775807 j:9223372036854775808 k:5 l:-5 m:map[k:1] n:<nil> x:s]',
  ],
  ['set', 'a.b.c=1', 'map[a:map[b:map[c:1]] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a[1].b=x,a[0]=y', 'map[a:[y map[b:x]] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a[0][1]=x', 'map[a:[[<nil> x]] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a={x,1,null,"q"}', 'map[a:[x 1 <nil> "q"] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a={}', 'map[a:[] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a\\.b=1,c=x\\,y', 'map[a.b:1 c:x,y l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a=', 'map[a: l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a=,b=1', 'map[a: b:1 l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a', '! key "a" has no value'],
  ['set', 'a,b=1', '! key "a" has no value (cannot end with ,)'],
  ['set', 'a.', 'map[l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a[0]', 'map[a:[] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a[0', '! error parsing index: EOF', 'map[l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a[x]=1', '! error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
  ['set', 'a[-1]=1', '! negative -1 index not allowed'],
  ['set', 'a[65537]=1', '! index of 65537 is greater than maximum supported index of 65536'],
  ['set', 'a[0]x=1', "! unexpected data at end of array index: ['x']"],
  ['set', 'a={x', "! list must terminate with '}'"],
  ['set', '=1', 'map[l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'x.y=1', '! unable to parse key: interface conversion: interface {} is string, not map[string]interface {}'],
  ['set', 'n.y=1', '! unable to parse key: interface conversion: interface {} is nil, not map[string]interface {}'],
  ['set', 'l.y=1', '! unable to parse key: interface conversion: interface {} is []interface {}, not map[string]interface {}'],
  ['set', 'm[0]=1', '! unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}'],
  ['set', 'l[1].z=1,l[0]=2', 'map[l:[2 map[z:1]] m:map[k:1] n:<nil> x:s]'],
  [
    'set',
    'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1',
    'map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:map[a:1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] l:[1] m:map[k:1] n:<nil> x:s]',
  ],
  [
    'set',
    'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1',
    '! value name nested level is greater than maximum supported nested level of 30',
  ],
  ['sets', 'a=1,b=true,c={1,2},d=null', 'map[a:1 b:true c:[1 2] d:null l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setj', 'a={"b":[1,2.5,null]},c="x",d=,e=true', 'map[a:map[b:[1 2.5 <nil>]] c:x d:<nil> e:true l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setj', 'a=[1', '! unexpected EOF'],
  ['setj', 'a=  ,b=1', 'map[a:<nil> b:1 l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setj', 'a[1]={"k":1},a[0]="y"', 'map[a:[y map[k:1]] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setl', 'a=x,y=\\z{1}', 'map[a:x,y=\\z{1} l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setl', 'a.b[0].c=1,2', 'map[a:map[b:[map[c:1,2]]] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['setl', 'a', '! key "a" has no value'],
  ['setf', 'a=p/q,b={r,s}', 'map[a:<p/q> b:[<r> <s>] l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', 'a=1,a=2', 'map[a:2 l:[1] m:map[k:1] n:<nil> x:s]'],
  ['set', '\u00e9=\u00fc', 'map[l:[1] m:map[k:1] n:<nil> x:s \u00e9:\u00fc]'],
  ['set', 'a b = c d ', 'map[a b : c d  l:[1] m:map[k:1] n:<nil> x:s]'],
]
const values = '{"x":"s","n":null,"l":[1],"m":{"k":1}}'

describe('Values on the command line are read as Helm reads them', () => {
  it.each(facts)('%s %j', (flag, text, result, result4) => {
    expect(attempt(flag, text, { version: '3' })).toBe(result)
    expect(attempt(flag, text, { version: '4' })).toBe(result4 ?? result)
  })

  it('whole numbers as int64, which a template tells from a number of YAML', () => {
    const into: GoMap = new Map()

    parseSet('a=5,b[0]=-1', into)

    expect(into.get('a')).toEqual(goInt(5, 'int64'))
    expect(into.get('b')).toEqual([goInt(-1, 'int64')])
  })

  it('names of every object as ordinary keys', () => {
    const into: GoMap = new Map()

    parseSet('__proto__.a=x,constructor=y', into)

    expect(into.get('__proto__')).toEqual(new Map([['a', 'x']]))
    expect(into.get('constructor')).toBe('y')
  })

  it('with an error for a short text that asks for billions of list items', () => {
    const text = Array.from({ length: 100 }, (_, index) => `a${index}[65536]=1`).join(',')

    expect(() => parseSet(text, new Map())).toThrow('more than 2000000 list items')
  })

  it('and whatever the text is, it ends with values or an error of its own', () => {
    const pieces = fc.constantFrom(
      'a',
      'b',
      '.',
      '=',
      '[',
      ']',
      '0',
      '1',
      '65536',
      ',',
      '{',
      '}',
      '\\',
      'null',
      '"x"',
      '{"k":1}',
      ' ',
      '\xff',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.constantFrom<Flag>('set', 'sets', 'setj', 'setl', 'setf'), (parts, flag) => {
        expect(typeof attempt(flag, parts.join(''), { version: '4' })).toBe('string')
      }),
      { numRuns: 2000 },
    )
  })
})

function attempt(flag: Flag, text: string, options: SetOptions): string {
  const into = readJson(values)
  if (!(into instanceof Map)) throw new Error('the values are no object')
  const bytes = toBytes(text)
  try {
    if (flag === 'set') parseSet(bytes, into, options)
    else if (flag === 'sets') parseSetString(bytes, into, options)
    else if (flag === 'setj') parseSetJson(bytes, into, options)
    else if (flag === 'setl') parseSetLiteral(bytes, into, options)
    else parseSetFile(bytes, into, (path) => Buffer.from(`<${path}>`, 'latin1'), options)
    return fromBytes(formatValue(into))
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    return `! ${error.message}`
  }
}
