import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { filesForKubectl, type Kubectl, openKubectl, tableOf } from '../harness/kubectl-session.ts'
import { shared, sharedMissing } from '../harness/paths.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

// Many calls of kubectl, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

let plimsoll: Plimsoll
let kubectl: Kubectl
const hasKubectl = findKubectl('1.34') !== undefined
beforeAll(async () => {
  plimsoll = await startPlimsoll()
  if (hasKubectl) kubectl = await openKubectl(plimsoll, '1.34', '')
})
afterAll(() => plimsoll?.stop())

/** What a team writes for one model: the workload with its configuration from elsewhere, how it scales, who may talk to it, and who it is. */
interface Material {
  namespace: string
  name: string
  image: string
  /** Name and key of the ConfigMap and of the Secret that somebody else has to make. */
  config: [name: string, key: string]
  secret: [name: string, key: string]
  files: Record<string, string>
}

const own: Material = {
  namespace: 'models',
  name: 'recommender',
  image: 'registry.example.com/team/recommender:2.4.1',
  config: ['recommender-settings', 'model'],
  secret: ['recommender-database', 'password'],
  files: {
    'deployment.yaml': `# The model and how it scales.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: recommender
  namespace: models
  labels: { app: recommender, version: v2 }
spec:
  replicas: 2
  selector: { matchLabels: { app: recommender } }
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata:
      labels: { app: recommender, version: v2 }
      annotations: { prometheus.io/scrape: 'true', prometheus.io/port: '9000' }
    spec:
      containers:
        - name: server
          image: registry.example.com/team/recommender:2.4.1
          ports: [{ containerPort: 9000 }]
          env:
            - { name: MODEL, valueFrom: { configMapKeyRef: { name: recommender-settings, key: model } } }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: recommender-database, key: password } } }
          resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '1000m', memory: '1Gi' } }
          readinessProbe: { httpGet: { path: /ready, port: 9000 }, initialDelaySeconds: 1, periodSeconds: 5 }
          livenessProbe: { httpGet: { path: /alive, port: 9000 }, initialDelaySeconds: 30, periodSeconds: 10 }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: recommender, namespace: models }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: recommender }
  minReplicas: 2
  maxReplicas: 8
  metrics:
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }
    - { type: Pods, pods: { metric: { name: predictions_per_second }, target: { type: AverageValue, averageValue: '50' } } }
  behavior:
    scaleUp: { stabilizationWindowSeconds: 30, policies: [{ type: Percent, value: 100, periodSeconds: 30 }] }
    scaleDown: { stabilizationWindowSeconds: 300 }
`,
    'network-policy.yaml': `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: recommender, namespace: models }
spec:
  podSelector: { matchLabels: { app: recommender } }
  policyTypes: [Ingress, Egress]
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { name: edge } } }], ports: [{ protocol: TCP, port: 9000 }] }]
  egress: [{ to: [{ namespaceSelector: { matchLabels: { name: database } } }], ports: [{ protocol: TCP, port: 5432 }] }]
`,
    'rbac.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: { name: recommender, namespace: models }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: recommender, namespace: models }
rules: [{ apiGroups: [''], resources: [secrets], resourceNames: [recommender-database], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: recommender, namespace: models }
subjects: [{ kind: ServiceAccount, name: recommender, namespace: models }]
roleRef: { kind: Role, apiGroup: rbac.authorization.k8s.io, name: recommender }
`,
  },
}

const inputs = shared === undefined ? undefined : join(shared, 'inputs')
const verbatim: Material = {
  namespace: 'production',
  name: 'ml-inference-api',
  image: 'ghcr.io/myorg/ml-inference-api:sha-abc123',
  config: ['ml-config', 'model_name'],
  secret: ['db-secret', 'password'],
  files: inputs && existsSync(join(inputs, 'kubernetes')) ? readFolder(join(inputs, 'kubernetes')) : {},
}

function readFolder(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** The file that has the Deployment, up to the next document. */
function deploymentOf(material: Material): string {
  const file = Object.values(material.files).find((text) => /^kind: Deployment$/m.test(text)) ?? ''
  return file.split(/^---$/m).find((document) => /^kind: Deployment$/m.test(document)) ?? ''
}

const service = ({ name, namespace }: Material): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app: ${name}
  ports:
    - port: 80
      targetPort: 8080
`
const ingress = ({ name, namespace }: Material): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port:
                  number: 80
`

describe.each([
  { whose: 'of our own', material: own, isThere: true },
  { whose: `as they were given to us (${sharedMissing})`, material: verbatim, isThere: Object.keys(verbatim.files).length > 0 },
])('manifests $whose', ({ material, isThere }) => {
  const { namespace, name, image, config, secret } = material
  const count = /replicas: (\d)/.exec(deploymentOf(material))?.[1] ?? '0'
  const waitingMessages = async (): Promise<string[]> =>
    (
      await kubectl(
        `get pods -n ${namespace} -l app=${name} -o`,
        'jsonpath={range .items[*]}{.status.containerStatuses[0].state.waiting.message}{"\\n"}{end}',
      )
    )
      .split('\n')
      .filter(Boolean)

  describe.skipIf(!isThere || !hasKubectl)(`applied by kubectl (needs kubectl: ${kubectlMissing})`, () => {
    it('are refused one by one while their namespace is not there', async () => {
      const result = await kubectl.try('apply -f', filesForKubectl(material.files))

      expect(result.code).toBe(1)
      const documents = Object.values(material.files).flatMap((text) => text.match(/^kind:/gm) ?? []).length
      expect(
        result.stderr.match(
          new RegExp(`Error from server \\(NotFound\\): error when creating ".*": namespaces "${namespace}" not found`, 'g'),
        ),
      ).toHaveLength(documents)
    })

    it('are all accepted, and again without a change', async () => {
      const directory = filesForKubectl(material.files)
      await kubectl(`create namespace ${namespace}`)

      const first = await kubectl('apply -f', directory)
      const second = await kubectl('apply -f', directory)

      const others = (output: string, word: string): string[] =>
        output.split('\n').filter((line) => line !== '' && !line.endsWith(` ${word}`))
      expect(others(first, 'created')).toEqual([])
      // "2000m" is stored as "2": kubectl sends that again each time, and nothing comes of it, as in a real cluster.
      expect(others(second, 'unchanged').filter((line) => !/^(deployment|horizontalpodautoscaler)\S+ configured$/.test(line))).toEqual([])
      expect(await kubectl.value(`deployment -n ${namespace} ${name}`, '.metadata.generation')).toBe('1')
      expect(tableOf(await kubectl(`get replicaset -n ${namespace}`))).toHaveLength(1)
    })

    it('wait for their configuration with the message of a real cluster', async () => {
      await eventually('the pods wait', async () => (await waitingMessages()).length === Number(count))

      expect(await waitingMessages()).toEqual(Array.from({ length: Number(count) }, () => `configmap "${config[0]}" not found`))
      expect(
        tableOf(await kubectl(`get pods -n ${namespace} -l app=${name}`)).map((row) => [row['READY'], row['STATUS'], row['RESTARTS']]),
      ).toEqual(Array.from({ length: Number(count) }, () => ['0/1', 'CreateContainerConfigError', '0']))
      expect(tableOf(await kubectl(`get deployment -n ${namespace} ${name}`))[0]).toMatchObject({
        READY: `0/${count}`,
        'UP-TO-DATE': count,
        AVAILABLE: '0',
      })
      expect(await kubectl(`describe pods -n ${namespace} -l app=${name}`)).toMatch(
        new RegExp(`Warning +Failed .*kubelet +Error: configmap "${config[0]}" not found`),
      )
      expect(await kubectl.fails(`logs -n ${namespace} deployment/${name}`)).toMatch(/is waiting to start: CreateContainerConfigError/)
      expect(await kubectl.fails(`rollout status deployment/${name} -n ${namespace} --timeout=1s`)).toContain(
        'timed out waiting for the condition',
      )
      await kubectl(`create configmap ${config[0]} -n ${namespace}`, `--from-literal=${config[1]}=fraud`)
      await eventually('the next thing is missing', async () =>
        (await waitingMessages()).every((message) => message === `secret "${secret[0]}" not found`),
      )
    })

    it('are stored and described: autoscaler, network policy and roles', async () => {
      const autoscaler = await eventually('the autoscaler has looked', async () => {
        const text = await kubectl(`describe hpa -n ${namespace}`)
        return text.includes('ScalingActive') && text
      })

      expect(autoscaler).toMatch(new RegExp(`Reference: +Deployment/${name}`))
      expect(autoscaler).toMatch(/resource cpu on pods +\(as a percentage of request\): +<unknown> \/ \d+%/)
      expect(autoscaler).toMatch(/"\w+_per_second" on pods: +<unknown> \/ \d+/)
      expect(autoscaler).toMatch(/ScalingActive +False +FailedGetResourceMetric/)
      expect(autoscaler).toMatch(/Stabilization Window: 300 seconds/)
      expect(await kubectl(`describe networkpolicy -n ${namespace}`)).toMatch(
        /Allowing egress traffic:\n {4}To Port: 5432\/TCP\n {4}To:\n {6}NamespaceSelector: name=database/,
      )
      expect(await kubectl(`describe role -n ${namespace}`)).toMatch(/secrets +\[\] +\[\S+\] +\[get\]/)
      expect(tableOf(await kubectl(`get rolebinding -n ${namespace} -o wide`))[0]?.['SERVICEACCOUNTS']).toMatch(
        new RegExp(`^${namespace}/`),
      )
    })

    it('leave nothing behind when their namespace goes', async () => {
      await kubectl(`delete namespace ${namespace} --timeout=60s`)

      expect(await kubectl.fails(`get deployment ${name} -n ${namespace}`)).toContain('not found')
    })
  })

  describe.skipIf(!isThere || !hasKubectl)('in a repository of the usual layout', () => {
    interface Tree {
      nodes: { kind: string; name: string; health?: { status?: string; message?: string }; info?: { name: string; value: string }[] }[]
    }
    const application = `${namespace}-app`
    const tree = (): Promise<Tree> => plimsoll.api<Tree>('GET', `/api/v1/applications/${application}/resource-tree`)
    const podsOf = ({ nodes }: Tree): Tree['nodes'] => nodes.filter((node) => node.kind === 'Pod')

    it('become an application that says what it waits for', async () => {
      await plimsoll.push(`infra-${namespace}`, {
        'apps/myapp/deployment.yaml': deploymentOf(material),
        'apps/myapp/service.yaml': service(material),
        'apps/myapp/ingress.yaml': ingress(material),
      })
      await plimsoll.api(
        'POST',
        '/api/v1/applications',
        applicationManifest(plimsoll, application, { repository: `infra-${namespace}`, path: 'apps/myapp', namespace }),
      )

      const { status } = await untilSynced(plimsoll, application)
      const pods = await eventually('the tree knows the pods', async () => {
        const found = podsOf(await tree())
        return found.length === Number(count) && found.every((pod) => pod.health?.status === 'Degraded') && found
      })

      expect(status?.operationState?.phase).toBe('Succeeded')
      for (const pod of pods) {
        expect(pod.health?.message).toContain(`configmap "${config[0]}" not found`)
        expect(pod.info).toContainEqual({ name: 'Status Reason', value: 'CreateContainerConfigError' })
      }
      await eventually('the application says so', async () => {
        const { status: now } = await plimsoll.api<{ status?: { health?: { status?: string; message?: string } } }>(
          'GET',
          `/api/v1/applications/${application}`,
        )
        return (
          now?.health?.status === 'Progressing' &&
          now.health.message?.includes(`Deployment ${name}: Waiting for rollout to finish: 0 of ${count} updated replicas are available`)
        )
      })
    })

    it('become healthy once ConfigMap and Secret are there, and say that nothing really runs', async () => {
      await kubectl(`create configmap ${config[0]} -n ${namespace}`, `--from-literal=${config[1]}=fraud`)
      await eventually('the next thing is missing', async () =>
        podsOf(await tree()).every((pod) => pod.health?.message?.includes(`secret "${secret[0]}" not found`)),
      )
      await kubectl(`create secret generic ${secret[0]} -n ${namespace}`, `--from-literal=${secret[1]}=hunter2`)

      await untilSynced(plimsoll, application, { health: 'Healthy' }, 60_000)

      const pods = podsOf(await tree())
      const missing = `what image "${image}" would run cannot run on this node`
      expect(pods).toHaveLength(Number(count))
      for (const pod of pods)
        expect(pod.health).toEqual({
          status: 'Healthy',
          message: expect.stringMatching(/^simulated: container "\w+" has no command: /) as string,
        })
      expect(pods[0]?.health?.message).toContain(missing)
      expect(await kubectl.fails(`exec -n ${namespace} deployment/${name} -- ls`)).toContain('is simulated')
      expect(tableOf(await kubectl(`get deployment -n ${namespace} ${name}`))[0]).toMatchObject({ READY: `${count}/${count}` })
    })
  })
})

describe.skipIf(inputs === undefined || !existsSync(join(inputs, 'infra-repo.txt')))(
  `the layout that was given to us (${sharedMissing})`,
  () => {
    it('is the one that the tests above push', () => {
      const names = [...readFileSync(join(inputs ?? '', 'infra-repo.txt'), 'utf8').matchAll(/[\w-]+(?:\.yaml|\/)/g)].map(
        (match) => match[0],
      )

      expect(names).toEqual(['infra-repo/', 'apps/', 'myapp/', 'deployment.yaml', 'service.yaml', 'ingress.yaml'])
    })
  },
)
