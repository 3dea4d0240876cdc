import { describe, expect, it } from 'vitest'
import { findHelm, renderWithHelm } from '../template/testing/helm-for-tests.ts'
import { facts, factValues, resultFor } from './testing/facts/index.ts'

describe.each([
  ['3', findHelm('3.18')],
  ['4', findHelm('4.1')],
] as const)('the facts about the functions of Helm %s', (version, helm) => {
  const reason = 'missing' in helm ? helm.missing : ''

  it.skipIf(reason !== '').each(Object.entries(facts))(`are still what helm says about %s ${reason}`, (_theme, list) => {
    const path = 'path' in helm ? helm.path : ''
    const texts = list.filter((fact) => typeof resultFor(fact, version) === 'string')

    const chart = texts.map(
      ([template], index) => `{{ define "f${index}" }}${template}{{ end }}r${index}: {{ include "f${index}" . | b64enc }}\n`,
    )
    const rendered = renderWithHelm(path, chart.join(''), factValues)

    expect('error' in rendered ? rendered.error : '').toBe('')
    const output = 'output' in rendered ? rendered.output : ''
    const found = new Map(Array.from(output.matchAll(/^r(\d+): (\S*)$/gm), ([, index = '', text = '']) => [index, text]))
    expect(texts.map(([template], index) => [template, decode(found.get(String(index)))])).toEqual(
      texts.map((fact) => [fact[0], resultFor(fact, version)]),
    )
  })
})

function decode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8')
}
