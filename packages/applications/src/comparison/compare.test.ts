import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { type KubeObject, splitApiVersion, typeSchemaFor } from '@plimsoll/kube'
import { compareObjects } from './compare.ts'
import { fieldManager } from './field-ownership.ts'
import { formatPath } from './path.ts'

function object(yaml: string): KubeObject {
  return load(yaml) as KubeObject
}

function differences(target: string | KubeObject, live: string | KubeObject): string[] {
  const [wanted, actual] = [target, live].map((side) => (typeof side === 'string' ? object(side) : side)) as [KubeObject, KubeObject]
  const schema = typeSchemaFor({ ...splitApiVersion(wanted.apiVersion), kind: wanted.kind })
  return compareObjects(wanted, actual, { schema, dropsZeroValues: schema !== undefined }).differences.map((difference) =>
    formatPath(difference.path),
  )
}

const deployment = (container: string, rest = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
      - name: api
${container
  .trim()
  .split('\n')
  .map((line) => `        ${line}`)
  .join('\n')}
${rest}`

describe('what is a difference', () => {
  it('a value that Git sets and the cluster shows otherwise', () => {
    expect(differences(deployment('image: web:2'), deployment('image: web:1'))).toEqual(['spec.template.spec.containers[api].image'])
  })

  it('an element of a keyed list that is missing, by its keys', () => {
    const target = deployment('env:\n- { name: A, value: "1" }\n- { name: B, value: "2" }')
    expect(differences(target, deployment('env:\n- { name: A, value: "1" }'))).toEqual(['spec.template.spec.containers[api].env[B]'])
  })

  it('a field that our manager owns still and Git has dropped, also inside a keyed list', () => {
    const live = object(deployment('image: web:1\nenv:\n- { name: OLD, value: "1" }'))
    live.metadata.managedFields = [
      {
        manager: fieldManager,
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"api"}': {
                    '.': {},
                    'f:name': {},
                    'f:image': {},
                    'f:env': { 'k:{"name":"OLD"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ]

    expect(differences(object(deployment('image: web:1')), live)).toEqual(['spec.template.spec.containers[api].env[OLD]'])
  })

  it('a list that is one value, when its length or content is another', () => {
    expect(differences(deployment('args: [a, b]'), deployment('args: [a]'))).toEqual(['spec.template.spec.containers[api].args'])
    expect(differences(deployment('args: [a, b]'), deployment('args: [a, c]'))).toEqual(['spec.template.spec.containers[api].args[1]'])
  })

  it('the order of environment variables, because $(VAR) looks back along it', () => {
    const both = (first: string, second: string): string =>
      deployment(`env:\n- { name: ${first}, value: x }\n- { name: ${second}, value: x }`)
    expect(differences(both('A', 'B'), both('B', 'A'))).toEqual(['spec.template.spec.containers[api].env'])
  })

  it('false and zero of a custom resource, which keeps what was written', () => {
    const custom = (spec: string): string => `{ apiVersion: x.example/v1, kind: Thing, metadata: { name: a }, spec: ${spec} }`
    expect(differences(custom('{ on: false }'), custom('{}'))).toEqual(['spec.on'])
  })
})

describe('what is none', () => {
  it.each([
    [
      'a quantity that is spelled otherwise',
      deployment('resources: { requests: { cpu: 1000m, memory: 1024Mi } }'),
      deployment('resources: { requests: { cpu: "1", memory: 1Gi } }'),
    ],
    [
      'a quantity that YAML read as a number',
      deployment('resources: { requests: { cpu: 0.5 } }'),
      deployment('resources: { requests: { cpu: 500m } }'),
    ],
    [
      'what a server defaults',
      deployment('image: web'),
      deployment('image: web\nimagePullPolicy: Always\nterminationMessagePath: /dev/termination-log'),
    ],
    [
      'the default of a key: a port without protocol',
      deployment('ports: [{ containerPort: 80 }]'),
      deployment('ports: [{ containerPort: 80, protocol: TCP }]'),
    ],
    ['null, which means not written', deployment('image: web\nresources: null'), deployment('image: web')],
    [
      'empty maps, lists and texts, which a server drops',
      deployment('image: web\nresources: {}\nargs: []\nworkingDir: ""'),
      deployment('image: web'),
    ],
    ['false and zero, which a server of a known kind drops', deployment('image: web\ntty: false'), deployment('image: web')],
    ['replicas that somebody else set, when Git does not', deployment('image: web'), `${deployment('image: web')}\n  replicas: 7`],
    [
      'a container that a webhook has put beside ours',
      deployment('image: web'),
      `${deployment('image: web')}\n      - { name: sidecar, image: proxy }`,
    ],
    [
      'the status, on either side',
      `${deployment('image: web')}\nstatus: { replicas: 3 }`,
      `${deployment('image: web')}\nstatus: { replicas: 1 }`,
    ],
    [
      'labels and annotations of others',
      deployment('image: web'),
      deployment('image: web').replace('name: web,', 'name: web, annotations: { deployment.kubernetes.io/revision: "4" },'),
    ],
  ])('%s', (_name, target, live) => {
    expect(differences(target, live)).toEqual([])
  })

  it('a field that another manager owns and Git never set', () => {
    const live = object(`${deployment('image: web:1')}\n  replicas: 3`)
    live.metadata.managedFields = [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]
    expect(differences(object(deployment('image: web:1')), live)).toEqual([])
  })

  it('an element that we own by a key which Git leaves to its default', () => {
    const live = object(deployment('ports: [{ containerPort: 80, protocol: TCP }]'))
    live.metadata.managedFields = [
      {
        manager: fieldManager,
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"api"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } } },
                },
              },
            },
          },
        },
      },
    ]
    expect(differences(object(deployment('ports: [{ containerPort: 80 }]')), live)).toEqual([])
  })

  it('an object and itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
        const same = (): KubeObject => ({ apiVersion: 'x.example/v1', kind: 'Thing', metadata: { name: 'a' }, spec: structuredClone(spec) })
        expect(differences(same(), same())).toEqual([])
      }),
    )
  })
})

describe('where only the server can tell', () => {
  it('a list that is one value carries more in the cluster than in Git', () => {
    const rules = (port: string): KubeObject =>
      object(
        `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: a }, spec: { podSelector: {}, ingress: [{ ports: [${port}] }] } }`,
      )
    const schema = typeSchemaFor({ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' })

    const { differences: found, doubts } = compareObjects(rules('{ port: 80 }'), rules('{ port: 80, protocol: TCP }'), {
      schema,
      dropsZeroValues: true,
    })

    expect(found).toEqual([])
    expect(doubts.length).toBeGreaterThan(0)
  })
})
