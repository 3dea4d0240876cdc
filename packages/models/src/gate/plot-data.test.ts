import { describe, expect, it } from 'vitest'
import { binaryEvaluation, reported, withRows } from './testing/evaluations.ts'
import { plotData } from './plot-data.ts'

const candidate = binaryEvaluation({ skill: 1, rows: 5000 })
const baseline = binaryEvaluation({ skill: 0.4, rows: 5000 })

describe('the plots of a report', () => {
  it('show both models, with at most about 200 points a curve', () => {
    const plots = plotData(candidate, baseline)

    for (const curve of [plots.rocCurve, plots.precisionRecall]) {
      for (const points of [curve?.candidate ?? [], curve?.baseline ?? []]) {
        expect(points.length).toBeGreaterThan(50)
        expect(points.length).toBeLessThanOrEqual(202)
      }
    }
    expect(plots.rocCurve?.candidate.at(0)).toEqual({ x: 0, y: 0 })
    expect(plots.rocCurve?.candidate.at(-1)).toEqual({ x: 1, y: 1 })
    expect(plots.precisionRecall?.candidate.at(-1)?.x).toBe(1)
  })

  it('count every row once in the confusion, and share them out in the histogram and the calibration', () => {
    const { confusion, scores, calibration } = plotData(candidate, baseline)

    expect(confusion?.classes).toEqual(['0', '1'])
    expect(confusion?.candidate.flat().reduce((sum, count) => sum + count, 0)).toBe(5000)
    expect(confusion?.baseline?.flat().reduce((sum, count) => sum + count, 0)).toBe(5000)
    expect(scores).toMatchObject({ from: 0, to: 1 })
    expect(scores?.candidate.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    expect(calibration?.candidate.reduce((sum, { n }) => sum + n, 0)).toBe(5000)
  })

  it('leave the baseline out when it was evaluated on other data', () => {
    const { rocCurve } = plotData(candidate, { ...baseline, dataDigest: 'sha256:other' })

    expect(rocCurve?.candidate.length).toBeGreaterThan(0)
    expect(rocCurve?.baseline).toBeUndefined()
  })

  it('leave out what the rows do not allow, rather than drawing something', () => {
    const broken = withRows(candidate, ({ scores }) => ({ scores: scores?.with(3, Number.NaN) }))
    const oneClass = withRows(candidate, ({ labels }) => ({ labels: labels.map(() => 1) }))

    expect(plotData(broken)).toEqual({})
    expect(plotData(reported({}, 'sha256:a'))).toEqual({})
    expect(plotData(oneClass).rocCurve).toBeUndefined()
  })

  it('put classes beyond the 20 most frequent together', () => {
    const labels = Array.from({ length: 500 }, (_, row) => `class ${String(row % 30).padStart(2, '0')}`)
    const rowIds = labels.map((_, row) => `${row}`)

    const { confusion } = plotData({
      modelDigest: 'a',
      dataDigest: 'd',
      metrics: new Map(),
      predictions: { rowIds, labels, classes: labels },
    })

    expect(confusion?.classes).toHaveLength(21)
    expect(confusion?.classes.at(-1)).toBe('others')
    expect(confusion?.candidate.flat().reduce((sum, count) => sum + count, 0)).toBe(500)
  })

  it('show amounts against the truth, and by how much they are off', () => {
    const labels = Array.from({ length: 1000 }, (_, row) => row)
    const rowIds = labels.map(String)
    const values = labels.map((label) => label + (label % 5))

    const { scatter, residuals, rocCurve } = plotData({
      modelDigest: 'a',
      dataDigest: 'd',
      metrics: new Map(),
      predictions: { rowIds, labels, values },
    })

    expect(scatter?.candidate).toHaveLength(200)
    expect(scatter?.candidate.at(-1)).toEqual({ x: 999, y: 1003 })
    expect(residuals).toMatchObject({ from: 0, to: 4 })
    expect(rocCurve).toBeUndefined()
  })
})
