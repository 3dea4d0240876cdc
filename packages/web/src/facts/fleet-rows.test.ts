import { type Application, type FleetRow, summarizeApplication } from '@plimsoll/api'
import { expect, test } from 'vitest'
import type { FleetList } from '../client/fleet.ts'
import { placeLines } from './fleet-rows.ts'

const estimates = { group: 30, explained: 56, plain: 37 }

function rowOf(name: string): FleetRow {
  const application = {
    metadata: { name, namespace: 'argocd' },
    spec: { destination: {} },
    status: { health: { status: 'Healthy' }, sync: { status: 'Synced' } },
  } as Application
  return { cluster: 'here', summary: summarizeApplication(application) }
}

/** Of 1,000 applications those from `offset` on are known. */
function listOf(urgency: { attention: number; moving: number; steady: number }, offset: number, names: string[]): FleetList {
  const rows = names.map(rowOf)
  const total = urgency.attention + urgency.moving + urgency.steady
  return {
    of: '',
    counts: { all: total, degraded: 0, outOfSync: 0, total, urgency, health: {}, sync: {} },
    offset,
    limit: names.length,
    keys: rows.map(({ summary }) => summary.key),
    rows: new Map(rows.map((row) => [row.summary.key, row])),
  }
}

test('Each application has one line, in its group, known or not', () => {
  const lines = placeLines(listOf({ attention: 2, moving: 0, steady: 998 }, 3, ['d', 'e']), { isGrouped: true, columns: 1, estimates })

  expect(lines.length).toBe(1002)
  expect(lines.at(0)).toMatchObject({ kind: 'group', urgency: 'attention', count: 2 })
  expect(lines.at(1)).toMatchObject({ kind: 'apps', place: 0, isExplained: true, cells: [{ key: '#0', row: undefined }] })
  expect(lines.at(3)).toMatchObject({ kind: 'group', urgency: 'steady', count: 998 })
  expect(lines.at(5)).toMatchObject({ kind: 'apps', place: 3, cells: [{ key: 'argocd/d' }] })
  expect(lines.at(1001)).toMatchObject({ kind: 'apps', place: 999 })
  expect([lines.at(1002), lines.at(-1)]).toEqual([undefined, undefined])
})

test('Places and lines lead to one another', () => {
  const list = listOf({ attention: 5, moving: 3, steady: 20 }, 0, [])
  for (const [isGrouped, columns] of [
    [true, 1],
    [true, 4],
    [false, 1],
    [false, 4],
  ] as const) {
    const lines = placeLines(list, { isGrouped, columns, estimates })
    for (let place = 0; place < 28; place++) {
      const line = lines.at(lines.indexOf(place))

      expect(line).toMatchObject({ kind: 'apps' })
      if (line?.kind === 'apps') expect(line.cells.map((cell) => cell.key)).toContain(`#${place}`)
    }
  }
})

test('The place of what is known is found, and of nothing else', () => {
  const lines = placeLines(listOf({ attention: 0, moving: 0, steady: 100 }, 40, ['x', 'y']), { isGrouped: false, columns: 1, estimates })

  expect([lines.placeOf('argocd/y'), lines.placeOf('argocd/z')]).toEqual([41, undefined])
})

test('What was measured goes before what is guessed', () => {
  const lines = placeLines(listOf({ attention: 1, moving: 0, steady: 2 }, 0, ['x', 'y', 'z']), { isGrouped: true, columns: 1, estimates })

  expect([0, 1, 2, 3, 4].map((index) => lines.heightAt(index, new Map([['argocd/y', 90]])))).toEqual([30, 56, 30, 90, 37])
})
