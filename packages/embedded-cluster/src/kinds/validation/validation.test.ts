import { describe, expect, test } from 'vitest'
import { at, changed, created, deployment, kindOf, parse, pod, problemsOf, service, specOf } from '../kinds-on-trial.ts'
import type { Fields } from '../reading.ts'

function container(object: ReturnType<typeof created>): Fields {
  return (at(object, 'spec', 'template', 'spec', 'containers', 0) ?? at(object, 'spec', 'containers', 0)) as Fields
}

describe('A Deployment is refused', () => {
  const fine = created(deployment)

  test('when it is fine, for nothing', () => {
    expect(problemsOf(fine)).toEqual([])
  })

  test.each<[string, (object: ReturnType<typeof created>) => void, string]>([
    [
      'without containers',
      (o) => delete (at(o, 'spec', 'template', 'spec') as Fields)['containers'],
      'spec.template.spec.containers: Required value',
    ],
    ['with a nameless container', (o) => delete container(o)['name'], 'spec.template.spec.containers[0].name: Required value'],
    ['without an image', (o) => delete container(o)['image'], 'spec.template.spec.containers[0].image: Required value'],
    ['with negative replicas', (o) => (specOf(o)['replicas'] = -1), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      'with a selector that its pods do not match',
      (o) => (specOf(o)['selector'] = { matchLabels: { app: 'other' } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    ['without a selector', (o) => delete specOf(o)['selector'], 'spec.selector: Required value'],
    [
      'with an empty selector',
      (o) => (specOf(o)['selector'] = {}),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      'with a port that is none',
      (o) => (container(o)['ports'] = [{ containerPort: 70000, protocol: 'TCP' }]),
      'spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'with two containers of one name',
      (o) => (at(o, 'spec', 'template', 'spec', 'containers') as Fields[]).push({ ...container(o) }),
      'spec.template.spec.containers[1].name: Duplicate value: "web"',
    ],
    [
      'with a mount of a volume that is not there',
      (o) => (container(o)['volumeMounts'] = [{ name: 'gone', mountPath: '/x' }]),
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "gone"',
    ],
    [
      'with a probe that does nothing',
      (o) => (container(o)['livenessProbe'] = { periodSeconds: 1, successThreshold: 1 }),
      'spec.template.spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'with a request above its limit',
      (o) => (container(o)['resources'] = { requests: { cpu: '2' }, limits: { cpu: '500m' } }),
      'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 500m',
    ],
    [
      'with a restart policy for Jobs',
      (o) => ((at(o, 'spec', 'template', 'spec') as Fields)['restartPolicy'] = 'Never'),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'with an environment variable from two places',
      (o) => (container(o)['env'] = [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }]),
      'spec.template.spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      'with a strategy that nobody knows',
      (o) => (specOf(o)['strategy'] = { type: 'BlueGreen' }),
      'spec.strategy.type: Unsupported value: "BlueGreen": supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'that may neither add nor remove a pod',
      (o) => (specOf(o)['strategy'] = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
  ])('%s', (_what, spoil, expected) => {
    const object = changed(fine, spoil)

    expect(problemsOf(object)).toContain(expected)
  })

  test('for another selector than it was made with', () => {
    const object = changed(fine, (copy) => {
      specOf(copy)['selector'] = { matchLabels: { app: 'web', tier: 'x' } }
      ;(at(copy, 'spec', 'template', 'metadata') as Fields)['labels'] = { app: 'web', tier: 'x' }
    })

    expect(problemsOf(object, fine)).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable'])
  })
})

describe('Names and labels', () => {
  test.each([
    [
      'ConfigMap',
      'Big_Name',
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    ['Namespace', 'a.b', 'must not contain dots'],
    [
      'Service',
      '1st',
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  ])('a %s cannot be called %s', (kind, name, message) => {
    const object = created(`{apiVersion: v1, kind: ${kind}, metadata: {name: placeholder}, spec: {ports: [{port: 1}]}}`)
    object.metadata.name = name

    expect(problemsOf(object)).toContain(`metadata.name: Invalid value: ${JSON.stringify(name)}: ${message}`)
  })

  test('of five thousand letters are refused in few words', () => {
    const object = created('{apiVersion: v1, kind: ConfigMap, metadata: {name: placeholder}}')
    object.metadata.name = 'x'.repeat(5000)

    const [problem = ''] = problemsOf(object)

    expect(problem).toContain('must be no more than 253 characters')
    expect(problem.length).toBeLessThan(4300)
  })

  test('that are ordinary words of JavaScript are ordinary names', () => {
    for (const name of ['constructor', 'tostring', 'valueof', 'prototype']) {
      const object = created(
        `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, labels: {${name}: ${name}}}, data: {constructor: a, __proto__: b}}`,
      )

      expect(problemsOf(object)).toEqual([])
    }
  })

  test('a label value with a space is told with its grammar', () => {
    const object = created('{apiVersion: v1, kind: ConfigMap, metadata: {name: c, labels: {team: "a b"}}}')

    expect(problemsOf(object)).toEqual([
      "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ])
  })

  test('annotations may hold 256 KiB together', () => {
    const object = created('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}')
    object.metadata.annotations = { note: 'x'.repeat(256 * 1024) }

    expect(problemsOf(object)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes'])
  })

  test('generateName may end in a dash', () => {
    const object = created('{apiVersion: v1, kind: ConfigMap, metadata: {name: a-x2b4c, generateName: a-}}')

    expect(problemsOf(object)).toEqual([])
  })
})

describe('What was made cannot be changed', () => {
  test('the containers of a pod, but for their images', () => {
    const old = created(pod)
    const image = changed(old, (copy) => (container(copy)['image'] = 'busybox:2'))
    const command = changed(old, (copy) => (container(copy)['command'] = ['sh']))

    expect(problemsOf(image, old)).toEqual([])
    expect(problemsOf(command, old).join()).toContain(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    )
  })

  test('the address of a Service', () => {
    const old = created(service)
    const object = changed(old, (copy) => Object.assign(specOf(copy), { clusterIP: '10.96.7.7', clusterIPs: ['10.96.7.7'] }))

    expect(problemsOf(object, old)).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set'])
  })

  test('the type of a Secret and what an immutable ConfigMap holds', () => {
    const secret = created('{apiVersion: v1, kind: Secret, metadata: {name: s}}')
    const config = created('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, immutable: true, data: {a: b}}')

    expect(
      problemsOf(
        changed(secret, (copy) => (copy['type'] = 'custom')),
        secret,
      ),
    ).toEqual(['type: Invalid value: "custom": field is immutable'])
    expect(
      problemsOf(
        changed(config, (copy) => (copy['data'] = { a: 'c' })),
        config,
      ),
    ).toEqual(['data: Forbidden: field is immutable when `immutable` is set'])
  })

  test('the role of a binding', () => {
    const old = created(
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b}, roleRef: {kind: Role, name: r}}',
    )
    const object = changed(old, (copy) => ((copy['roleRef'] as Fields)['name'] = 'other'))

    expect(problemsOf(object, old)).toEqual([
      'roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ])
  })

  test('the template of a Job, but not how many run at once', () => {
    const old = created(
      '{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: a:1}]}}}}',
    )
    const parallel = changed(old, (copy) => (specOf(copy)['parallelism'] = 3))
    const template = changed(old, (copy) => (container(copy)['image'] = 'a:2'))

    expect(problemsOf(parallel, old)).toEqual([])
    expect(problemsOf(template, old)[0]).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/)
  })

  test('the claims of a StatefulSet, but not its replicas', () => {
    const old = created(`
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: db:1, volumeMounts: [{ name: data, mountPath: /data }] }] }
  volumeClaimTemplates:
    - { metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }
`)
    const scaled = changed(old, (copy) => (specOf(copy)['replicas'] = 3))
    const renamed = changed(old, (copy) => (specOf(copy)['serviceName'] = 'other'))

    expect(problemsOf(old)).toEqual([])
    expect(problemsOf(scaled, old)).toEqual([])
    expect(problemsOf(renamed, old)[0]).toContain("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'")
  })

  test('the finalizers of what is being deleted only become fewer', () => {
    const old = changed(created('{apiVersion: v1, kind: ConfigMap, metadata: {name: c, finalizers: [a.io/x]}}'), (copy) => {
      copy.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    })
    const more = changed(old, (copy) => (copy.metadata.finalizers = ['a.io/x', 'a.io/y']))
    const fewer = changed(old, (copy) => (copy.metadata.finalizers = []))

    expect(problemsOf(more, old)[0]).toContain('no new finalizers can be added if the object is being deleted')
    expect(problemsOf(fewer, old)).toEqual([])
  })
})

describe('Other kinds', () => {
  test.each([
    [
      '{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: s, port: {number: 80}}}}]}}]}}',
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    ],
    [
      '{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}}',
      'spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified',
    ],
    ['{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}, {port: 81}]}}', 'spec.ports[0].name: Required value'],
    ['{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {a: b}}}', 'spec.ports: Required value'],
    ['{apiVersion: v1, kind: Secret, metadata: {name: s}, type: kubernetes.io/tls}', 'data[tls.crt]: Required value'],
    [
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a/b: x}}',
      "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
    [
      '{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: "61 * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: a}]}}}}}}',
      'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    ],
    [
      '{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {containers: [{name: c, image: a}]}}}}',
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      '{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 0, scaleTargetRef: {kind: Deployment, name: d}}}',
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
    ],
    [
      '{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: {minAvailable: 1, maxUnavailable: 1}}',
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 300.1.1.1/8}}]}]}}',
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "300.1.1.1/8": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [Sometimes], resources: {requests: {storage: 1Gi}}}}',
      'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}, rules: [{apiGroups: [""], resources: [pods]}]}',
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [
      '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a, env: [{name: "A=B"}]}]}}',
      'spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
    [
      '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a, resources: {limits: {gpus: 1}}}]}}',
      'spec.containers[0].resources.limits[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified',
    ],
    [
      '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {tolerations: [{operator: Equal, value: x}], containers: [{name: c, image: a}]}}',
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ])('%s is refused', (text, expected) => {
    expect(problemsOf(created(text))).toContain(expected)
  })

  test('a secret that should hold JSON never shows what it holds', () => {
    const object = created(
      `{apiVersion: v1, kind: Secret, metadata: {name: s}, type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: ${Buffer.from('hunter2').toString('base64')}}}`,
    )

    expect(problemsOf(object).join()).toContain('<secret contents redacted>')
    expect(problemsOf(object).join()).not.toContain('hunter2')
  })

  test('each status carries the problems with reason, field and message', () => {
    const object = parse(pod.replace('image: busybox', 'image: ""'))
    object.metadata.namespace = 'default'
    const kind = kindOf(object)
    kind.applyDefaults(object)

    expect(kind.validate(object, undefined, '')).toEqual([
      { field: 'spec.containers[0].image', reason: 'FieldValueRequired', message: 'Required value' },
    ])
  })
})
