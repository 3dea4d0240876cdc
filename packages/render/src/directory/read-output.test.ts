import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../limits.ts'
import { readManifests, readOutput } from './read-manifests.ts'

const configMap = (rest: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n${rest}`

function outputOf(text: string): unknown {
  const { objects, problems } = readOutput(text, defaultLimits, { values: defaultLimits.values, textBytes: defaultLimits.textBytes })
  return problems.length > 0 ? problems : objects.map(({ object }) => object)
}

describe('what an engine has rendered', () => {
  it('may bear tags that mean nothing to Kubernetes, as goyaml reads them', () => {
    const text = configMap('data: {a: !!string "x", b: !Ref 5, c: !!string , d: !list [1, 2], e: !!own {f: 1}}')

    expect(outputOf(text)).toMatchObject([{ data: { a: 'x', b: '5', c: '', d: [1, 2], e: { f: 1 } } }])
  })

  it('keeps a large number that is written again as it was read', () => {
    expect(outputOf(configMap('spec: {maximum: 9223372036854775000, minimum: -9007199254740994}'))).toMatchObject([
      { spec: { maximum: 9223372036854775000, minimum: -9007199254740994 } },
    ])
  })

  it('has no number that would become another one', () => {
    expect(outputOf(configMap('spec: {maximum: 9223372036854775807}'))).toMatchObject([
      { message: expect.stringContaining('9223372036854775807') },
    ])
  })
})

it('says of an unknown tag that somebody has written into a manifest', () => {
  const { problems } = readManifests(Buffer.from(configMap('data: {a: !!string "x"}')), 'yaml', defaultLimits)

  expect(problems).toMatchObject([{ message: expect.stringContaining('unknown tag') }])
})
