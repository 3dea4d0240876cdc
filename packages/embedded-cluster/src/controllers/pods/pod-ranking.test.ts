import { expect, test } from 'vitest'
import type { Pod } from './pod.ts'
import { compareForDeletion } from './pod-ranking.ts'

interface Traits {
  node?: boolean
  phase?: string
  ready?: string
  cost?: string
  restarts?: number
  created?: string
}

function pod(
  name: string,
  { node = true, phase = 'Running', ready = '2026-01-01T00:00:00Z', cost, restarts = 0, created = '2026-01-01T00:00:00Z' }: Traits = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      creationTimestamp: created,
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: node ? { nodeName: 'here' } : {},
    status: {
      phase,
      conditions: ready === '' ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ready }],
      containerStatuses: [{ name: 'a', restartCount: restarts }],
    },
  }
}

test.each([
  ['one without a node before one with', pod('x', { node: false }), pod('y')],
  ['a pending one before a running one', pod('x', { phase: 'Pending' }), pod('y')],
  ['one that is not ready before one that is', pod('x', { ready: '' }), pod('y')],
  ['a cheap one before a dear one', pod('x', { cost: '-5' }), pod('y', { cost: '10' })],
  ['one ready for a short time before one ready for long', pod('x', { ready: '2026-01-02T00:00:00Z' }), pod('y')],
  ['one that restarted often before one that did not', pod('x', { restarts: 3 }), pod('y')],
  ['a young one before an old one', pod('x', { created: '2026-01-02T00:00:00Z' }), pod('y')],
])('of surplus pods, %s goes', (_, first, second) => {
  expect([second, first].sort(compareForDeletion)).toEqual([first, second])
})
