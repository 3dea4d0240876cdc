import { describe, expect, it } from 'vitest'
import { fromBytes, goInt, toBytes, type GoValue } from '../../go/value.ts'
import { readHelmYaml } from '../../yaml/index.ts'
import { validateValues } from './index.ts'

const limits = { values: 100_000, depth: 1000 }

/** Values, a schema, and what Helm 3.18.0 and Helm 4.1.4 say; of a schema that is none, only the beginning. */
const facts: [values: string, schema: string, says3: string | undefined, says4: string | undefined][] = [
  [
    'replicaCount: x',
    '{"properties":{"replicaCount":{"type":"integer"}}}',
    '- replicaCount: Invalid type. Expected: integer, given: string\n',
    "- at '/replicaCount': got string, want integer\n",
  ],
  ['replicaCount: 1.0', '{"properties":{"replicaCount":{"type":"integer"}}}', undefined, undefined],
  [
    'a: 1.5',
    '{"properties":{"a":{"type":["integer","null"]}}}',
    '- a: Invalid type. Expected: [integer,null], given: number\n',
    "- at '/a': got number, want null or integer\n",
  ],
  ['a: 1', '{"required":["b"]}', '- (root): b is required\n', "- at '': missing property 'b'\n"],
  ['a: 1', '{"required":["b","c"]}', '- (root): b is required\n- (root): c is required\n', "- at '': missing properties 'b', 'c'\n"],
  [
    'a: {b: 1}',
    '{"properties":{"a":{"additionalProperties":false}}}',
    '- a: Additional property b is not allowed\n',
    "- at '/a': additional properties 'b' not allowed\n",
  ],
  [
    'a: x',
    '{"properties":{"a":{"enum":["y","z",1,null]}}}',
    '- a: a must be one of the following: "y", "z", 1, null\n',
    "- at '/a': value must be one of 'y', 'z', 1, <nil>\n",
  ],
  ['a: x', '{"properties":{"a":{"enum":["y"]}}}', '- a: a must be one of the following: "y"\n', "- at '/a': value must be 'y'\n"],
  ['a: x', '{"properties":{"a":{"enum":[{"a":1}]}}}', '- a: a must be one of the following: {"a":1}\n', "- at '/a': 'enum' failed\n"],
  ['a: x', '{"properties":{"a":{"const":"y"}}}', '- a: a does not match: "y"\n', "- at '/a': value must be 'y'\n"],
  [
    'a: 70000',
    '{"properties":{"a":{"maximum":65535}}}',
    '- a: Must be less than or equal to 65535\n',
    "- at '/a': maximum: got 70,000, want 65,535\n",
  ],
  ['a: 0', '{"properties":{"a":{"minimum":1}}}', '- a: Must be greater than or equal to 1\n', "- at '/a': minimum: got 0, want 1\n"],
  ['a: 1', '{"properties":{"a":{"exclusiveMinimum":1}}}', '- a: Must be greater than 1\n', "- at '/a': exclusiveMinimum: got 1, want 1\n"],
  [
    'a: 1',
    '{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"minimum":1,"exclusiveMinimum":true}}}',
    '- a: Must be greater than 1\n',
    "- at '/a': exclusiveMinimum: got 1, want 1\n",
  ],
  ['a: 0.35', '{"properties":{"a":{"multipleOf":0.1}}}', '- a: Must be a multiple of 0.1\n', "- at '/a': multipleOf: got 0.35, want 0.1\n"],
  ['a: 0.3', '{"properties":{"a":{"multipleOf":0.1}}}', undefined, undefined],
  [
    'a: 1500000.5',
    '{"properties":{"a":{"maximum":1e6}}}',
    '- a: Must be less than or equal to 1e+06\n',
    "- at '/a': maximum: got 1.5000005×10⁰⁶, want 1×10⁰⁶\n",
  ],
  [
    'a: ab',
    '{"properties":{"a":{"minLength":3}}}',
    '- a: String length must be greater than or equal to 3\n',
    "- at '/a': minLength: got 2, want 3\n",
  ],
  [
    'a: abcd',
    '{"properties":{"a":{"maxLength":3}}}',
    '- a: String length must be less than or equal to 3\n',
    "- at '/a': maxLength: got 4, want 3\n",
  ],
  ['a: éé', '{"properties":{"a":{"maxLength":2}}}', undefined, undefined],
  [
    'a: Ab',
    '{"properties":{"a":{"pattern":"^[a-z]+$"}}}',
    "- a: Does not match pattern '^[a-z]+$'\n",
    "- at '/a': 'Ab' does not match pattern '^[a-z]+$'\n",
  ],
  [
    'a: "it\'s"',
    '{"properties":{"a":{"pattern":"^\\\\d\\"$"}}}',
    "- a: Does not match pattern '^\\d\"$'\n",
    "- at '/a': 'it\\'s' does not match pattern '^\\\\d\"$'\n",
  ],
  ['a: [1]', '{"properties":{"a":{"minItems":2}}}', '- a: Array must have at least 2 items\n', "- at '/a': minItems: got 1, want 2\n"],
  ['a: [1,2,3]', '{"properties":{"a":{"maxItems":2}}}', '- a: Array must have at most 2 items\n', "- at '/a': maxItems: got 3, want 2\n"],
  [
    'a: [1,2,1.0]',
    '{"properties":{"a":{"uniqueItems":true}}}',
    '- a: array items[0,2] must be unique\n',
    "- at '/a': items at 0 and 2 are equal\n",
  ],
  [
    'a: [1,x]',
    '{"properties":{"a":{"items":{"type":"string"}}}}',
    '- a.0: Invalid type. Expected: string, given: integer\n',
    "- at '/a/0': got number, want string\n",
  ],
  [
    'a: [1,x]',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}}',
    '- a.0: Invalid type. Expected: string, given: integer\n- a: No additional items allowed on array\n',
    "- at '/a/0': got number, want string\n- at '/a': last 1 additionalItem(s) not allowed\n",
  ],
  [
    'a: [1,x]',
    '{"properties":{"a":{"prefixItems":[{"type":"string"}],"items":false}}}',
    '- a.0: False always fails validation\n- a.1: False always fails validation\n',
    "- at '/a/0': got number, want string\n- at '/a/0': false schema\n",
  ],
  [
    'a: [x]',
    '{"properties":{"a":{"contains":{"type":"integer"}}}}',
    '- a: At least one of the items must match\n- a.0: Invalid type. Expected: integer, given: string\n',
    "- at '/a': no items match contains schema\n  - at '/a/0': got string, want integer\n",
  ],
  [
    'a: {}',
    '{"properties":{"a":{"minProperties":1}}}',
    '- a: Must have at least 1 properties\n',
    "- at '/a': minProperties: got 0, want 1\n",
  ],
  [
    'a: {b: 1, c: 2}',
    '{"properties":{"a":{"maxProperties":1}}}',
    '- a: Must have at most 1 properties\n',
    "- at '/a': maxProperties: got 2, want 1\n",
  ],
  [
    'a: {B: 1}',
    '{"properties":{"a":{"propertyNames":{"pattern":"^[a-z]$"}}}}',
    '- a: Property name of "B" does not match\n- a: Does not match pattern \'^[a-z]$\'\n',
    "- at '': invalid propertyName 'B'\n  - at '': 'B' does not match pattern '^[a-z]$'\n",
  ],
  [
    'a: {b1: x}',
    '{"properties":{"a":{"patternProperties":{"^b":{"type":"integer"}}}}}',
    '- a.b1: Invalid type. Expected: integer, given: string\n',
    "- at '/a/b1': got string, want integer\n",
  ],
  [
    'a: {b: 1}',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"dependencies":{"b":["c"]}}}}',
    '- a: Has a dependency on c\n',
    "- at '/a': properties 'c' required, if 'b' exists\n",
  ],
  ['a: {b: 1}', '{"properties":{"a":{"dependentRequired":{"b":["c"]}}}}', undefined, "- at '/a': properties 'c' required, if 'b' exists\n"],
  [
    'a: 1',
    '{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}',
    '- a: Must validate at least one schema (anyOf)\n- a: Invalid type. Expected: string, given: integer\n',
    "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': got number, want null\n",
  ],
  [
    'a: 1',
    '{"properties":{"a":{"oneOf":[{"type":"integer"},{"type":"number"}]}}}',
    '- a: Must validate one and only one schema (oneOf)\n',
    "- at '/a': 'oneOf' failed, subschemas 0, 1 matched\n",
  ],
  [
    'a: 1',
    '{"properties":{"a":{"oneOf":[{"type":"string"},{"type":"null"}]}}}',
    '- a: Must validate one and only one schema (oneOf)\n- a: Invalid type. Expected: string, given: integer\n',
    "- at '/a': 'oneOf' failed, none matched\n  - at '/a': got number, want string\n  - at '/a': got number, want null\n",
  ],
  [
    'a: 1',
    '{"properties":{"a":{"allOf":[{"type":"string"}]}}}',
    '- a: Invalid type. Expected: string, given: integer\n- a: Must validate all the schemas (allOf)\n',
    "- at '/a': 'allOf' failed\n  - at '/a': got number, want string\n",
  ],
  ['a: 1', '{"properties":{"a":{"not":{"type":"integer"}}}}', '- a: Must not validate the schema (not)\n', "- at '/a': 'not' failed\n"],
  [
    'a: 1',
    '{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}',
    '- (root): Must validate "then" as "if" was valid\n- (root): b is required\n',
    "- at '': missing property 'b'\n",
  ],
  [
    'a: x',
    '{"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}}',
    '- a: Invalid type. Expected: integer, given: string\n',
    "- at '/a': got string, want integer\n",
  ],
  [
    'a: {b: x}',
    '{"definitions":{"t":{"properties":{"b":{"$ref":"#/definitions/n"}}},"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/t"}}}',
    '- a.b: Invalid type. Expected: integer, given: string\n',
    "- at '/a/b': got string, want integer\n",
  ],
  [
    'a: {a: {a: x}}',
    '{"properties":{"a":{"$ref":"#"}},"type":"object"}',
    '- a.a.a: Invalid type. Expected: object, given: string\n',
    "- at '/a/a/a': got string, want object\n",
  ],
  [
    'a: 1',
    '{"properties":{"a":{"$ref":"#/definitions/missing"}}}',
    "Object has no key 'definitions'",
    'json-pointer in "file:///values.schema.json#/definitions/missing" not found',
  ],
  [
    'a: x',
    '{"$id":"https://example.com/s.json","definitions":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/n"}}}',
    '- a: Invalid type. Expected: integer, given: string\n',
    "- at '/a': got string, want integer\n",
  ],
  [
    'a: x',
    '{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"$id":"#num","type":"integer"}},"properties":{"a":{"$ref":"#num"}}}',
    '- a: Invalid type. Expected: integer, given: string\n',
    "- at '/a': got string, want integer\n",
  ],
  [
    'a: x',
    '{"$defs":{"n":{"$anchor":"num","type":"integer"}},"properties":{"a":{"$ref":"#num"}}}',
    undefined,
    "- at '/a': got string, want integer\n",
  ],
  [
    'a: x',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#/definitions/n","type":"integer"}},"definitions":{"n":{}}}',
    undefined,
    undefined,
  ],
  [
    'a: x',
    '{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"a":{"$ref":"#/definitions/n","type":"integer"}},"definitions":{"n":{"type":["string","integer"]}}}',
    undefined,
    "- at '/a': got string, want integer\n",
  ],
  [
    'a: 300.1.1.1',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"ipv4"}}}',
    "- a: Does not match format 'ipv4'\n",
    "- at '/a': '300.1.1.1' is not valid ipv4: decimal must be between 0 and 255\n",
  ],
  ['a: 300.1.1.1', '{"properties":{"a":{"format":"ipv4"}}}', "- a: Does not match format 'ipv4'\n", undefined],
  [
    'a: x y',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"hostname"}}}',
    "- a: Does not match format 'hostname'\n",
    "- at '/a': 'x y' is not valid hostname: invalid character ' '\n",
  ],
  [
    'a: nope',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"email"}}}',
    "- a: Does not match format 'email'\n",
    "- at '/a': 'nope' is not valid email: missing @\n",
  ],
  [
    'a: "2020-02-30"',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"date"}}}',
    "- a: Does not match format 'date'\n",
    "- at '/a': '2020-02-30' is not valid date: parsing time \"2020-02-30\": day out of range\n",
  ],
  [
    'a: /x',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"uri"}}}',
    "- a: Does not match format 'uri'\n",
    "- at '/a': '/x' is not valid uri: relative url\n",
  ],
  ['a: x', '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"unheard-of"}}}', undefined, undefined],
  [
    'a: "("',
    '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"regex"}}}',
    "- a: Does not match format 'regex'\n",
    "- at '/a': '(' is not valid regex: error parsing regexp: missing closing ): `(`\n",
  ],
  ['a: 1', '{"properties":{"a":false}}', '- a: False always fails validation\n', "- at '/a': false schema\n"],
  ['a: 1', 'false', '- (root): False always fails validation\n', "- at '': false schema\n"],
  ['a: 1', 'true', undefined, undefined],
  [
    'a: 1',
    '{"type":"objekt"}',
    'has a primitive type that is NOT VALID -- given: /objekt/ Expected valid values are:[array boolean integer number null object string]',
    '"file:///values.schema.json#" is not valid against metaschema: ',
  ],
  ['a: 1', '{"properties":[]}', 'properties must be of type object', '"file:///values.schema.json#" is not valid against metaschema: '],
  ['a: 1', '{"required":"a"}', 'required must be of an array', '"file:///values.schema.json#" is not valid against metaschema: '],
  [
    'a: 1',
    '{"properties":{"a":{"pattern":"(?!x)"}}}',
    'pattern must be a valid regex',
    '"file:///values.schema.json#" is not valid against metaschema: ',
  ],
  ['a: 1', '{', 'unexpected EOF', 'unexpected EOF'],
  ['a: 1', '[]', 'schema is invalid', '"file:///values.schema.json#" is not valid against metaschema: '],
  [
    'a: 1',
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","unevaluatedProperties":false,"allOf":[{"properties":{"b":{}}}]}',
    undefined,
    "- at '/a': false schema\n",
  ],
  ['a: 1', '{"unevaluatedProperties":false,"allOf":[{"properties":{"a":{}}}]}', undefined, undefined],
  [
    'a: {b: {c: 1}}\n"d/e~f": 2',
    '{"properties":{"a":{"properties":{"b":{"properties":{"c":{"type":"string"}}}}}}}',
    '- a.b.c: Invalid type. Expected: string, given: integer\n',
    "- at '/a/b/c': got number, want string\n",
  ],
  [
    '"d/e~f": 2',
    '{"properties":{"d/e~f":{"type":"string"}}}',
    '- d/e~f: Invalid type. Expected: string, given: integer\n',
    "- at '/d~1e~0f': got number, want string\n",
  ],
  [
    'a: null',
    '{"properties":{"a":{"type":"string"}}}',
    '- a: Invalid type. Expected: string, given: null\n',
    "- at '/a': got null, want string\n",
  ],
]

describe('values.schema.json is checked as Helm checks it', () => {
  it.each(facts)('%s by %s', (values, schema, says3, says4) => {
    expect(check(values, schema, '3')).toBe(says3)
    expect(check(values, schema, '4')).toBe(says4)
  })

  it('with whole numbers of the command line as numbers', () => {
    const values = new Map<string, GoValue>([['a', goInt(3, 'int64')]])

    expect(validateValues(values, '{"properties":{"a":{"type":"integer","maximum":2}}}', { version: '4' })).toBe(
      "- at '/a': maximum: got 3, want 2\n",
    )
    expect(validateValues(values, '{"properties":{"a":{"type":"integer","maximum":2}}}', { version: '3' })).toBe(
      '- a: Must be less than or equal to 2\n',
    )
  })

  it('without reading anything outside of the chart', () => {
    for (const reference of [
      'file:///etc/passwd',
      'http://127.0.0.1:1/s.json',
      'https://example.com/s.json#/definitions/a',
      'other.json',
    ]) {
      const schema = JSON.stringify({ properties: { a: { $ref: reference } } })

      expect(check('a: 1', schema, '3')).toMatch(/not read|must be canonical/)
      expect(check('a: 1', schema, '4')).toContain('a schema outside of the chart is not read')
    }
    expect(check('a: 1', '{"$schema":"https://example.com/own"}', '4')).toContain('failing loading "https://example.com/own"')
  })

  it('with a URN that nobody knows taken for a schema that allows everything, as Helm 4 does', () => {
    expect(check('a: 1', '{"properties":{"a":{"$ref":"urn:example:a"}}}', '4')).toBeUndefined()
  })

  it('with a metaschema where one is asked for', () => {
    const schema = '{"properties":{"a":{"$ref":"http://json-schema.org/draft-07/schema#"}}}'

    for (const version of ['3', '4'] as const) {
      expect(check('a: {type: string}', schema, version)).toBeUndefined()
      expect(check('a: {type: text}', schema, version)).toContain('/a/type')
    }
  })

  it('with names of every object as ordinary names', () => {
    const schema = '{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},"additionalProperties":false}'

    expect(check('__proto__: 1\nconstructor: x\n', schema, '4')).toBe("- at '/__proto__': got number, want string\n")
    expect(check('toString: x\n', schema, '4')).toBe("- at '': additional properties 'toString' not allowed\n")
  })
})

describe('A hostile schema ends with an error', () => {
  it('where it refers to itself without end', () => {
    expect(check('a: 1', '{"$ref":"#"}', '4')).toContain('reference cycle')
    expect(check('a: 1', '{"$ref":"#"}', '3')).toContain('deeper than')
    expect(
      check(
        'a: 1',
        '{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}',
        '3',
      ),
    ).toContain('deeper than')
  })

  it('where few lines ask for billions of steps', () => {
    const definitions: Record<string, unknown> = { a0: { type: 'integer' } }
    for (let level = 1; level < 40; level += 1)
      definitions[`a${level}`] = { allOf: [{ $ref: `#/definitions/a${level - 1}` }, { $ref: `#/definitions/a${level - 1}` }] }
    const schema = JSON.stringify({ definitions, properties: { a: { $ref: '#/definitions/a39' } } })

    expect(check('a: 1', schema, '3')).toContain('steps to check')
    expect(check('a: 1', schema, '4')).toContain('steps to check')
  })

  it('where a pattern would take for ever elsewhere', () => {
    const schema = '{"properties":{"a":{"pattern":"^(a+)+$"}}}'

    expect(check(`a: ${'a'.repeat(50_000)}b`, schema, '4')).toContain('does not match pattern')
    expect(check(`a: ${'a'.repeat(50_000)}b`, schema, '3')).toContain('Does not match pattern')
  })

  it('where a number has more digits than sense', () => {
    expect(check('a: 1', '{"properties":{"a":{"maximum":1e999999999}}}', '4')).toBeUndefined()
    expect(check('a: 5', '{"properties":{"a":{"multipleOf":1e-300}}}', '4')).toBeUndefined()
  })

  it('where it or the values are nested deeper than anything', () => {
    const deep = `${'{"properties":{"a":'.repeat(2000)}{}${'}}'.repeat(2000)}`

    expect(check('a: 1', deep, '3')).toContain('max depth')
    expect(check('a: 1', deep, '4')).toContain('max depth')
    expect(check(`a: ${'['.repeat(900)}${']'.repeat(900)}`, '{"items":{"$ref":"#"},"properties":{"a":{"$ref":"#"}}}', '4')).toContain(
      'deeper than',
    )
  })
})

function check(values: string, schema: string, version: '3' | '4'): string | undefined {
  const said = validateValues(readHelmYaml(toBytes(values), limits), toBytes(schema), { version })
  if (said === undefined) return undefined
  const text = fromBytes(said)
  const metaschema = 'is not valid against metaschema: '
  return text.includes(metaschema) ? text.slice(0, text.indexOf(metaschema) + metaschema.length) : text
}
