import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject } from '../json.ts'
import { withPrototype } from '../patch/kustomize-for-tests.ts'
import { Resource } from '../resource.ts'
import { readResourceDocument } from '../yaml-text.ts'
import { expandVariables } from './variable-text.ts'
import { resolveVariables } from './variables.ts'

describe('variables in a text', () => {
  const values = new Map<string, string | number | boolean>([
    ['A', 'a'],
    ['EMPTY', ''],
    ['REF', '$(A)'],
    ['N', 8],
    ['YES', true],
    ['BIG', 1e21],
  ])
  const expand = (text: string) => expandVariables(text, (name) => values.get(name))

  it.each([
    ['$(A)', 'a'],
    ['$(A)-$(A)', 'a-a'],
    ['x$(EMPTY)y', 'xy'],
    ['$$(A)_$(A)', '$(A)_a'],
    ['$$$$$$$(A)', '$$$a'],
    ['\\$(A)', '\\a'],
    ['$(REF)', '$(A)'],
    ['$(NONE)', '$(NONE)'],
    ['$(A$(A))', '$(A$(A))'],
    ['$A ${A} (A) $?', '$A ${A} (A) $?'],
    ['--$($($($(--', '--$($($($(--'],
    ['a$', 'a$'],
    ['', ''],
    ['$(N)', 8],
    ['$(YES)', true],
    ['$(N)$(YES)', '8true'],
    ['$(BIG)!', '1e+21!'],
  ])('%s becomes %j', (text, expected) => {
    expect(expand(text)).toBe(expected)
  })

  it('leave a text without dollars as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => {
          expect(expand(text)).toBe(text)
        },
      ),
    )
  })

  it('come to an end in a text of nothing but openings', () => {
    const text = '$('.repeat(500_000)

    expect(expand(text)).toBe(text)
  })
})

function resource(text: string, ...varNames: string[]): Resource {
  const object = readResourceDocument(text, 'keep')
  if (!isObject(object)) throw new Error('no object')
  const made = new Resource(object)
  made.varNames = varNames
  return made
}

const service = () =>
  resource('apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], type: {a: b}}\n', 'NAME', 'PORT', 'MAP')
const objref = { apiVersion: 'v1', kind: 'Service', name: 'web' }
const specs = [{ path: 'args' }, { path: 'env/value' }, { path: 'labels' }]

describe('vars', () => {
  it('are put into the fields for them, in lists and maps too, with their types', () => {
    const pod = resource(
      'kind: Pod\nargs: [$(NAME), --p=$(PORT)]\nenv: [{value: $(PORT)}, {value: 5}]\nlabels: {a: x$(NAME), b: 1}\nother: $(NAME)\n',
    )

    resolveVariables(
      [service(), pod],
      [
        { name: 'NAME', objref },
        { name: 'PORT', objref, fieldref: { fieldPath: 'spec.ports[0].port' } },
      ],
      specs,
      [],
    )

    expect(withPrototype(pod.object)).toEqual({
      kind: 'Pod',
      args: ['web', '--p=80'],
      env: [{ value: 80 }, { value: 5 }],
      labels: { a: 'xweb', b: 1 },
      other: '$(NAME)',
    })
  })

  it('tell those that nobody uses, and those that are no scalars', () => {
    const warnings: string[] = []
    const pod = resource('kind: Pod\nargs: [$(MAP)]\n')

    resolveVariables(
      [service(), pod],
      [
        { name: 'NAME', objref },
        { name: 'MAP', objref, fieldref: { fieldPath: 'spec.type' } },
      ],
      specs,
      warnings,
    )

    expect(pod.object['args']).toEqual(['$(MAP)'])
    expect(warnings.at(-1)).toBe('well-defined vars that were never replaced: MAP,NAME')
  })

  it('need a resource and a field', () => {
    expect(() => resolveVariables([], [{ name: 'NAME', objref }], specs, [])).toThrow(
      "var '{NAME Service.v1.[noGrp] {metadata.name}}' cannot be mapped to a field in the set of known resources",
    )
    expect(() => resolveVariables([service()], [{ name: 'NAME', objref, fieldref: { fieldPath: 'spec.no' } }], specs, [])).toThrow(
      "field specified in var '{NAME Service.v1.[noGrp] {spec.no}}' not found in corresponding resource",
    )
  })

  it('want texts in a list', () => {
    const pod = resource('kind: Pod\nargs: [1]\n')

    expect(() => resolveVariables([service(), pod], [{ name: 'NAME', objref }], specs, [])).toThrow('invalid value type expect a string')
  })
})
