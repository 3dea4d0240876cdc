import { describe, expect, it } from 'vitest'
import { differenceText, metricText, shareText, shortDigest } from './metric-text.ts'

describe('figures of models', () => {
  it.each([
    [0.60462, '0.6046'],
    [38.204, '38.2'],
    [412.36, '412.4'],
    [184_302, '184,302'],
    [-0.003, '−0.003'],
    [0, '0'],
    [0.000012, '1.2e-5'],
  ])('%d is %s', (value, text) => {
    expect(metricText(value)).toBe(text)
  })

  it('have a sign as differences and shares', () => {
    expect([differenceText(0.05), differenceText(-0.05), differenceText(0)]).toEqual(['+0.05', '−0.05', '0'])
    expect([shareText(0.1287), shareText(-0.037), shareText(0.1, false), shareText(2)]).toEqual(['+12.9%', '−3.7%', '10%', '+200%'])
  })

  it('name an artefact by the beginning of its digest', () => {
    expect(shortDigest('sha256:b07d51e9c4f3')).toBe('b07d51e9')
  })
})
