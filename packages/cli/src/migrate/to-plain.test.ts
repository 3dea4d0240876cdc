import { annotations, ApplicationSpec } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partOf } from './argo-object.ts'
import { migrationHold } from './hold.ts'
import { withNotes } from './plain-object.ts'
import { notesFor, waitingReason } from './take-over.ts'
import { ownSpecFields, toPlain } from './to-plain.ts'

const now = new Date('2026-01-01T00:00:00Z')

function application(spec: Record<string, unknown>, notes: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd', ...(Object.keys(notes).length > 0 && { annotations: notes }) },
    spec,
  }
}

const plain = (object: KubeObject): ReturnType<typeof toPlain> => toPlain({ object, part: partOf(object) })

describe('what goes to Plimsoll and back', () => {
  it('is what it was, whatever it says', () => {
    const text = fc.string({ maxLength: 20 })
    const notes = fc.dictionary(
      text.filter((name) => !name.startsWith('plimsoll.dev/')),
      text,
      { maxKeys: 4 },
    )
    const spec = fc.record(
      {
        project: text,
        sources: fc.array(fc.jsonValue()),
        syncPolicy: fc.record({ automated: fc.record({ prune: fc.boolean() }), syncOptions: fc.array(text) }),
        unheardOf: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const status = { sync: { status: 'Synced', revision: 'r' }, resources: [{ kind: 'ConfigMap', name: '__proto__', namespace: 'x' }] }

    fc.assert(
      fc.property(spec, notes, (given, theirs) => {
        const before = application(given, theirs)
        const held = withNotes(before, notesFor({ ...before, status }, undefined, { holds: true, now }))
        const stored = {
          ...held,
          metadata: { ...held.metadata, uid: 'u', resourceVersion: '1', generation: 2, managedFields: [] },
          status,
          operation: {},
        }

        const { object, lost, isLeft } = plain(stored)

        expect(object).toEqual(before)
        expect(lost).toEqual([])
        expect(isLeft).toBe(false)
      }),
    )
  })
})

describe('what Argo CD does not know', () => {
  it('is a rollback that is held: automation stays off there, and it is said what it was', () => {
    const hold = JSON.stringify({ reason: 'rolled back to r1', by: 'ana', since: '', revision: 'r1' })
    const { object, lost } = plain(
      application({ syncPolicy: { automated: { prune: true }, syncOptions: ['a=b'] } }, { [annotations.hold]: hold }),
    )

    expect(object['spec']).toEqual({ syncPolicy: { syncOptions: ['a=b'] } })
    expect(object.metadata.annotations).toBeUndefined()
    expect(lost).toEqual([expect.stringMatching(/rolled back to r1, by ana.*it was \{"prune":true\}/)])
  })

  it('is no loss where a migration holds it', () => {
    const notes = { [annotations.hold]: migrationHold(waitingReason, now), [annotations.handedOver]: now.toISOString() }
    const { object, lost } = plain(application({ syncPolicy: { automated: {} } }, notes))

    expect(object['spec']).toEqual({ syncPolicy: { automated: {} } })
    expect(lost).toEqual([])
  })

  it('is an annotation of ours, each of which is named', () => {
    const { lost } = plain(
      application({}, { [annotations.renderWithBinary]: 'use', 'plimsoll.dev/else': 'x', 'argocd.argoproj.io/sync-wave': '1' }),
    )

    expect(lost.map((line) => line.split(':')[0])).toEqual(['annotation plimsoll.dev/render-with-binary', 'annotation plimsoll.dev/else'])
  })

  it('is a field of ours, in an application or in the template of a set', () => {
    const { object, lost } = plain(application({ project: 'a', dependsOn: [{ name: 'base' }] }))
    const set = plain({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'fleet', namespace: 'argocd' },
      spec: { generators: [], template: { metadata: { name: 'a' }, spec: { project: 'a', dependsOn: [] } } },
    })

    expect(object['spec']).toEqual({ project: 'a' })
    expect(lost).toEqual(['spec.dependsOn: Argo CD does not know it'])
    expect(set.object['spec']).toEqual({ generators: [], template: { metadata: { name: 'a' }, spec: { project: 'a' } } })
    expect(set.lost).toEqual(['spec.template.spec.dependsOn: Argo CD does not know it'])
  })

  it('is every field of the spec that Argo CD 3.6 does not have', () => {
    const theirs = 'project source sources destination syncPolicy ignoreDifferences info revisionHistoryLimit sourceHydrator'.split(' ')

    expect(Object.keys(ApplicationSpec.shape).filter((name) => !theirs.includes(name))).toEqual([...ownSpecFields])
  })

  it('is a generator of ours, at any depth: such a set is not written', () => {
    const set = (generators: unknown[]): KubeObject => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'previews', namespace: 'argocd' },
      spec: { generators, template: {} },
    })

    const { isLeft, lost } = plain(
      set([{ matrix: { generators: [{ list: { elements: [] } }, { pullRequest: { plimsoll: { repository: 'shop' } } }] } }]),
    )
    expect(isLeft).toBe(true)
    expect(lost[0]).toContain('spec.generators[0].matrix.generators[1].pullRequest.plimsoll')
    expect(plain(set([{ pullRequest: { github: {} } }])).isLeft).toBe(false)
  })

  it('is a check in CEL, and one in Lua for a group of that name is none', () => {
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: {
        'resource.customizations.health.cel.example.com_Model': '- { status: Healthy, when: "true" }',
        'resource.customizations.health.cel.dev_Check': 'return {}',
      },
    }

    const { object: written, lost } = plain(object)

    expect(written['data']).toEqual({ 'resource.customizations.health.cel.dev_Check': 'return {}' })
    expect(lost).toHaveLength(1)
  })
})
