import { load } from 'js-yaml'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeFieldsV1, fieldSetOf, type KubeObject, typeSchemaFor } from '@plimsoll/kube'
import { compareAs, differencesAs, sharedJq } from '../ignore/testing/compare.ts'
import { NotCompared } from '../reconcile/compare-target.ts'
import { formatPath } from './path.ts'
import { predictedDifferences } from './server-side.ts'

afterAll(() => sharedJq().close())

/** `ours`: the paths that `argocd-controller` has applied. */
function deployment(yaml: string, ours: string[][] = []): KubeObject {
  const object = load(`{ apiVersion: apps/v1, kind: Deployment, ${yaml} }`) as KubeObject
  object.metadata.managedFields = [
    {
      manager: 'argocd-controller',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFieldsV1(fieldSetOf(...ours)),
    },
  ]
  return object
}

const schema = typeSchemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })
const containers = ['f:spec', 'f:template', 'f:spec', 'f:containers']
const image = [...containers, 'k:{"name":"a"}', 'f:image']

function pathsOf(live: KubeObject, predicted: KubeObject, includesWebhooks = false): string[] {
  return predictedDifferences(live, predicted, { schema, includesWebhooks }).map(({ path }) => formatPath(path))
}

describe('what an apply would change', () => {
  const live = deployment('metadata: { name: web }, spec: { replicas: 3, template: { spec: { containers: [{ name: a, image: x:1 }] } } }')

  it('is what we set, and what goes because of us', () => {
    const predicted = deployment(
      'metadata: { name: web, labels: { app: web } }, spec: { template: { spec: { containers: [{ name: a, image: x:2 }] } } }',
      [image, ['f:metadata', 'f:labels', 'f:app']],
    )

    expect(pathsOf(live, predicted)).toEqual(['spec.replicas', 'spec.template.spec.containers[a].image', 'metadata.labels.app'])
  })

  it('is not what a webhook puts in, unless that is asked for', () => {
    const predicted = deployment(
      'metadata: { name: web, labels: { injected: yes } }, spec: { replicas: 3, template: { spec: { containers: [{ name: a, image: x:1, env: [{ name: E, value: v }] }, { name: sidecar, image: s:1 }] } } }',
      [image],
    )

    expect(pathsOf(live, predicted)).toEqual([])
    expect(pathsOf(live, predicted, true)).toEqual([
      'spec.template.spec.containers[a].env[E].name',
      'spec.template.spec.containers[a].env[E].value',
      'spec.template.spec.containers[sidecar].name',
      'spec.template.spec.containers[sidecar].image',
      'metadata.labels.injected',
    ])
  })

  it('is not in the status, nor in what a server or kubectl notes for itself', () => {
    const note = `annotations: { kubectl.kubernetes.io/last-applied-configuration: "{}" }`
    const predicted = deployment(
      `metadata: { name: web, generation: 7, resourceVersion: "9", ${note} }, spec: ${JSON.stringify(live.spec)}, status: { replicas: 1 }`,
    )

    expect(pathsOf(live, predicted, true)).toEqual([])
  })
})

describe('ServerSideDiff', () => {
  const target = deployment('metadata: { name: web }, spec: { replicas: 1, paused: true }')
  const live = deployment('metadata: { name: web }, spec: { replicas: 3 }')
  const predicted = deployment('metadata: { name: web }, spec: { replicas: 1, paused: true }', [
    ['f:spec', 'f:replicas'],
    ['f:spec', 'f:paused'],
  ])

  it('shows what the server answers, without what is ignored', async () => {
    const said = { compareOptions: 'ServerSideDiff=true', predicted }

    expect(await differencesAs(said, target, live)).toEqual(['spec.replicas', 'spec.paused'])
    expect(
      await differencesAs(
        { ...said, ignore: [{ group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.replicas'] }] },
        target,
        live,
      ),
    ).toEqual(['spec.paused'])
  })

  it.each([
    ['for one application', { compareOptions: 'ServerSideDiff=true' }, true],
    ['among other options', { compareOptions: ' IncludeMutationWebhook=true , ServerSideDiff=true' }, true],
    ['for all', { parameters: { 'controller.diff.server.side': 'true' } }, true],
    ['for all but one', { parameters: { 'controller.diff.server.side': 'true' }, compareOptions: 'ServerSideDiff=false' }, false],
    ['for none', {}, false],
  ])('may be asked for %s', async (_title, said, isAsked) => {
    const answer = deployment('metadata: { name: web }, spec: { replicas: 3 }', [])

    expect((await differencesAs({ ...said, predicted: answer }, target, live)).length === 0).toBe(isAsked)
  })

  it('that the server refuses says nothing of the object, and nothing of a Secret', async () => {
    const secret = (value: unknown): KubeObject =>
      ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: value } }) as KubeObject
    const refusal = (text: string): Promise<unknown> =>
      compareAs({ compareOptions: 'ServerSideDiff=true', predicted: new Error(text) }, secret('Y2FuYXJ5'), secret(42)).catch(
        (error: unknown) => error,
      )

    const answer = await refusal('data.key: expected string, got &value{Value:42}, "canary" or Y2FuYXJ5')

    expect(answer).toBeInstanceOf(NotCompared)
    expect((answer as Error).message).toBe(
      'the API server refused the dry run: data.key: expected string, got &value{Value:++++++++}, "++++++++" or ++++++++',
    )
  })
})
