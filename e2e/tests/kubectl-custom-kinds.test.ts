import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findKubectl } from '../harness/kubectl.ts'
import { type Kubectl, kubectlVersions, openKubectl, tableOf } from '../harness/kubectl-session.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

// Many calls of kubectl, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

let plimsoll: Plimsoll
beforeAll(async () => {
  plimsoll = await startPlimsoll()
})
afterAll(() => plimsoll?.stop())

const definitionOf = (group: string, categories = ''): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: trainings.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Training, listKind: TrainingList, plural: trainings, singular: training, shortNames: [tr], categories: [${categories}] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.workers, statusReplicasPath: .status.workers, labelSelectorPath: .status.selector }
      additionalPrinterColumns:
        - { name: Model, type: string, jsonPath: .spec.model, description: What is trained }
        - { name: Workers, type: integer, jsonPath: .spec.workers }
        - { name: Phase, type: string, jsonPath: .status.phase }
        - { name: Rate, type: number, jsonPath: .spec.rate, priority: 1 }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
      selectableFields: [{ jsonPath: .spec.model }]
      schema:
        openAPIV3Schema:
          type: object
          description: Training is one run of a model's training.
          required: [spec]
          properties:
            spec:
              type: object
              description: What shall be trained.
              required: [model]
              properties:
                model: { type: string, minLength: 2, pattern: '^[a-z]+$', description: The model's name. }
                workers: { type: integer, default: 1, minimum: 0, maximum: 10 }
                rate: { type: number }
                port: { x-kubernetes-int-or-string: true }
                policy: { type: string, enum: [Always, Never], default: Never }
                extra: { type: object, x-kubernetes-preserve-unknown-fields: true }
                steps:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items: { type: object, required: [name], properties: { name: { type: string }, epochs: { type: integer } } }
            status:
              type: object
              properties: { phase: { type: string }, workers: { type: integer }, selector: { type: string } }
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`

describe.each(kubectlVersions)('a custom kind, with kubectl %s', (version) => {
  const open = async (
    purpose: string,
    categories = '',
  ): Promise<{
    kubectl: Kubectl
    group: string
    apply: (spec: string, ...more: string[]) => Promise<string>
    refused: (spec: string) => Promise<string>
  }> => {
    const kubectl = await openKubectl(plimsoll, version, `${purpose}-${version.replace('.', '-')}`)
    const group = `${kubectl.namespace}.example.com`
    expect(await kubectl.apply(definitionOf(group, categories))).toBe(
      `customresourcedefinition.apiextensions.k8s.io/trainings.${group} created\n`,
    )
    await kubectl(`wait crd/trainings.${group} --for=condition=Established --timeout=20s`)
    const manifest = (spec: string, name = 'one'): string =>
      `apiVersion: ${group}/v1\nkind: Training\nmetadata: { name: ${name} }\nspec: ${spec}\n`
    return {
      kubectl,
      group,
      apply: (spec, ...more) => kubectl.apply(manifest(spec), ...more),
      refused: (spec) => kubectl.with({ input: manifest(spec, 'bad') }).fails('create -f -'),
    }
  }

  describe.skipIf(!findKubectl(version)).concurrent('', () => {
    it('has defaults, columns, short names and categories', async () => {
      const { kubectl, group, apply } = await open('columns', 'all, ml')

      expect(await apply('{ model: fraud, port: http, rate: 0.5, extra: { anything: [1, { a: b }] } }')).toBe(
        `training.${group}/one created\n`,
      )

      expect(tableOf(await kubectl(`get tr.${group}`))[0]).toMatchObject({ NAME: 'one', MODEL: 'fraud', WORKERS: '1', PHASE: '' })
      expect(tableOf(await kubectl(`get trainings.${group} -o wide`))[0]).toMatchObject({ RATE: '0.5' })
      expect(JSON.parse(await kubectl.value(`trainings.v1.${group} one`, '.spec'))).toEqual({
        model: 'fraud',
        port: 'http',
        rate: 0.5,
        workers: 1,
        policy: 'Never',
        extra: { anything: [1, { a: 'b' }] },
      })
      expect(await kubectl('get all -o name')).toContain(`training.${group}/one\n`)
      expect(await kubectl('get ml -o name')).toContain(`training.${group}/one\n`)
      expect(await kubectl(`get trainings.${group} -o name --field-selector spec.model=fraud`)).toBe(`training.${group}/one\n`)
      expect(await kubectl(`get trainings.${group} -o name --field-selector spec.model!=fraud`)).toBe('')
      expect(await kubectl(`describe tr.${group} one`)).toMatch(/^Spec:\n {2}Extra:\n {4}Anything:\n/m)
      expect(tableOf(await kubectl(`api-resources --api-group=${group}`))[0]).toMatchObject({
        NAME: 'trainings',
        SHORTNAMES: 'tr',
        APIVERSION: `${group}/v1`,
        KIND: 'Training',
      })
    })

    it('is validated in the words of a real API server', async () => {
      const { kubectl, apply, refused } = await open('valid')
      const is = (problem: string): string => `The Training "bad" is invalid: ${problem}`

      expect(await refused('{}')).toBe(is('spec.model: Required value'))
      expect(await refused('{ model: a }')).toBe(is('spec.model: Invalid value: "a": spec.model in body should be at least 2 chars long'))
      expect(await refused('{ model: FRAUD }')).toBe(is('spec.model: Invalid value: "FRAUD": spec.model in body should match \'^[a-z]+$\''))
      expect(await refused('{ model: 5 }')).toBe(
        is('spec.model: Invalid value: "integer": spec.model in body must be of type string: "integer"'),
      )
      expect(await refused('{ model: fraud, workers: 11 }')).toBe(
        is('spec.workers: Invalid value: 11: spec.workers in body should be less than or equal to 10'),
      )
      expect(await refused('{ model: fraud, policy: Often }')).toBe(
        is('spec.policy: Unsupported value: "Often": supported values: "Always", "Never"'),
      )
      expect(await refused('{ model: fraud, steps: [{ epochs: 1 }] }')).toBe(is('spec.steps[0].name: Required value'))
      expect(await refused('{ model: fraud, steps: [{ name: a }, { name: a }] }')).toContain('spec.steps[1]: Duplicate value')
      expect(await refused('{ model: fraud, wrokers: 2 }')).toContain('strict decoding error: unknown field "spec.wrokers"')
      await apply('{ model: fraud, wrokers: 2 }', '--validate=false')
      expect(await kubectl.value(`trainings.${kubectl.namespace}.example.com one`, '.spec.wrokers')).toBe('')
    })

    it('has a status and a scale of its own', async () => {
      const { kubectl, group, apply } = await open('scale')
      await apply('{ model: fraud }')

      expect(await kubectl(`scale trainings.${group} one --replicas=3`)).toBe(`training.${group}/one scaled\n`)
      expect(await kubectl.value(`trainings.${group} one`, '.spec.workers')).toBe('3')
      expect(await kubectl(`patch trainings.${group} one --type=merge -p`, '{"status":{"phase":"Sneaky"}}')).toBe(
        `training.${group}/one patched (no change)\n`,
      )
      await kubectl(
        `patch trainings.${group} one --subresource=status --type=merge -p`,
        '{"status":{"phase":"Running","workers":2,"selector":"app=one"},"spec":{"workers":9}}',
      )
      expect(tableOf(await kubectl(`get trainings.${group}`))[0]).toMatchObject({ WORKERS: '3', PHASE: 'Running' })
      expect(JSON.parse(await kubectl.value(`trainings.${group} one --subresource=scale`, '.status'))).toEqual({
        replicas: 2,
        selector: 'app=one',
      })
      expect(await kubectl.value(`trainings.${group} one`, '.metadata.generation')).toBe('2')
      expect(await kubectl(`wait trainings.${group}/one --for=jsonpath={.status.phase}=Running --timeout=5s`)).toBe(
        `training.${group}/one condition met\n`,
      )
    })

    it('is explained, served in all its versions, and deprecated where its author says so', async () => {
      const { kubectl, group, apply } = await open('explain')
      await apply('{ model: fraud }')

      expect(await kubectl(`explain training.spec --api-version=${group}/v1`)).toMatch(
        /DESCRIPTION:\n {4}What shall be trained\.[\s\S]*model\t<string> -required-\n {4}The model's name\.[\s\S]*policy\t<string>\n {2}enum: Always, Never/,
      )
      const beta = await kubectl.try(`get trainings.v1beta1.${group} one -o`, 'jsonpath={.apiVersion} {.spec.model}')
      expect(beta.stdout).toBe(`${group}/v1beta1 fraud`)
      expect(beta.stderr).toContain(`Warning: ${group}/v1beta1 Training is deprecated`)
    })

    it('is applied once more with another spec, by whichever patch the cluster says that it takes', async () => {
      const { kubectl, group, apply } = await open('apply')
      await apply('{ model: fraud, workers: 1, rate: 0.5 }')

      expect(await apply('{ model: fraud, workers: 2 }')).toBe(`training.${group}/one configured\n`)
      expect(JSON.parse(await kubectl.value(`trainings.${group} one`, '.spec'))).toMatchObject({ workers: 2 })
      expect(await kubectl.value(`trainings.${group} one`, '.spec.rate')).toBe('')
    })

    it('is applied on the server with its list keys', async () => {
      const { kubectl, group, apply } = await open('ssa')
      await apply('{ model: fraud, steps: [{ name: prepare, epochs: 1 }] }', '--server-side')
      await apply('{ model: fraud, steps: [{ name: fit, epochs: 5 }] }', '--server-side', '--field-manager=other')

      expect(await kubectl.value(`trainings.${group} one`, '.spec.steps[*].name')).toBe('prepare fit')
      expect(await kubectl.fails(`patch trainings.${group} one -p`, '{"spec":{"workers":2}}')).toMatch(
        /strategic-merge-patch\+json is not supported|the body of the request was in an unknown format/,
      )
    })

    it('goes with everything of it when its definition is deleted, and can come back', async () => {
      const { kubectl, group, apply } = await open('gone')
      await apply('{ model: fraud }')

      expect(await kubectl(`delete crd trainings.${group}`)).toMatch(
        new RegExp(`^customresourcedefinition.apiextensions.k8s.io "trainings.${group}" deleted`),
      )
      expect(await kubectl.fails(`get trainings.${group}`)).toMatch(
        /the server doesn't have a resource type|could not find the requested resource/,
      )
      await kubectl.apply(definitionOf(group))
      await kubectl(`wait crd/trainings.${group} --for=condition=Established --timeout=20s`)
      expect(await eventually('the kind is back', async () => (await kubectl.try(`get trainings.${group} -o name`)).code === 0)).toBe(true)
      expect(await kubectl(`get trainings.${group} -o name`)).toBe('')
    })

    it('is refused when its definition makes no sense', async () => {
      const kubectl = await openKubectl(plimsoll, version, `nonsense-${version.replace('.', '-')}`)

      expect(
        await kubectl.with({ input: definitionOf('a.example.com').replace('plural: trainings', 'plural: others') }).fails('create -f -'),
      ).toContain('metadata.name: Invalid value: "trainings.a.example.com": must be spec.names.plural+"."+spec.group')
      expect(
        await kubectl
          .with({ input: definitionOf('a.example.com').replace('type: integer, default: 1', 'type: strange') })
          .fails('create -f -'),
      ).toMatch(/Unsupported value: "strange"/)
    })
  })
})
