import type { WorkflowJob } from '@plimsoll/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobGraph } from './job-graph.ts'

const job = (key: string, needs: string[] = [], id = key): WorkflowJob => ({ id, key, name: key, needs, state: 'queued', steps: [] })
const place = (jobs: readonly WorkflowJob[]) => new Map(jobGraph(jobs).nodes.map(({ key, x, y }) => [key, { x, y }]))

describe('the graph of jobs', () => {
  it('puts each job right of all that it waits for', () => {
    const at = place([job('report', ['gate']), job('gate', ['train', 'lint']), job('lint'), job('train', ['lint'])])

    expect(at.get('lint')?.x).toBe(0)
    expect(at.get('train')?.x).toBeGreaterThan(at.get('lint')?.x ?? Infinity)
    expect(at.get('gate')?.x).toBeGreaterThan(at.get('train')?.x ?? Infinity)
    expect(at.get('report')?.x).toBeGreaterThan(at.get('gate')?.x ?? Infinity)
  })

  it('leaves out lines that other lines imply', () => {
    const { edges } = jobGraph([job('a'), job('b', ['a']), job('c', ['a', 'b'])])

    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual(['a b', 'b c'])
  })

  it('draws the jobs of a matrix as one', () => {
    const { nodes } = jobGraph([job('test', [], '1'), job('test', [], '2'), job('report', ['test'])])

    expect(nodes.map(({ key, jobs }) => [key, jobs.length])).toEqual([
      ['test', 2],
      ['report', 1],
    ])
  })

  it('draws a job between the two that it needs', () => {
    const at = place([job('tests'), job('data'), job('train', ['tests', 'data'])])

    expect(at.get('train')?.y).toBe(((at.get('tests')?.y ?? 0) + (at.get('data')?.y ?? 0)) / 2)
  })

  it('passes over needs that name no job, and circles', () => {
    const { nodes, edges } = jobGraph([job('a', ['b', 'nothing', '__proto__']), job('b', ['a']), job('constructor', ['a'])])

    expect(nodes.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'constructor'])
    expect(edges.every(({ from, to }) => from !== to)).toBe(true)
  })

  it('never draws one job over another', () => {
    const graphs = fc
      .array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
      .map((needs) => needs.map((own, index) => job(`j${index}`, own.filter((one) => one < index).map((one) => `j${one}`)))) // prettier-ignore

    fc.assert(
      fc.property(graphs, (jobs) => {
        const { nodes, height, width } = jobGraph(jobs)
        for (const one of nodes) {
          expect(one.x + 176).toBeLessThanOrEqual(width)
          expect(one.y + 40).toBeLessThanOrEqual(height)
          for (const other of nodes) if (one !== other && one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(40)
        }
      }),
    )
  })
})
