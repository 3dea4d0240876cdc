import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { findHelm, helmMissing } from '../harness/helm.ts'
import { findKubectl } from '../harness/kubectl.ts'
import { mustRun, run, type RunResult } from '../harness/run.ts'

const chart: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'values.yaml': 'message: one\nstarts: true\nhookFails: false\n',
  'crds/parcels.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: parcels.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {plural: parcels, kind: Parcel}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {weight: {type: integer, minimum: 1}}}}}}
`,
  'templates/objects.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  message: {{ .Values.message | quote }}
  hasIngress: {{ .Capabilities.APIVersions.Has "networking.k8s.io/v1/Ingress" | quote }}
  found: {{ dig "metadata" "name" "nothing" (lookup "v1" "Namespace" "" "default") | quote }}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}}
stringData: {password: secret}
---
apiVersion: shop.example.com/v1
kind: Parcel
metadata: {name: {{ .Release.Name }}}
spec: {weight: 2}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: 2
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}, annotations: {message: {{ .Values.message | quote }}}}
    spec:
      containers:
        - name: main
          image: nginx
          {{- if not .Values.starts }}
          command: [sleep, "1000"]
          readinessProbe: {exec: {command: ["false"]}, periodSeconds: 1}
          {{- end }}
`,
  'templates/hooks.yaml': `{{- range $hook := list "pre-install" "post-install" "pre-upgrade" "post-rollback" "pre-delete" }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.Release.Name }}-{{ $hook }}
  annotations: {helm.sh/hook: {{ $hook }}, helm.sh/hook-delete-policy: before-hook-creation}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - {name: hook, image: busybox, command: [sh, -c, "exit {{ if and $.Values.hookFails (eq $hook "pre-upgrade") }}3{{ else }}0{{ end }}"]}
{{- end }}
`,
  'templates/tests/test.yaml': `apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-test, annotations: {helm.sh/hook: test}}
spec:
  restartPolicy: Never
  containers: [{name: test, image: busybox, command: [echo, it works]}]
`,
}

describe.each([
  { version: '3.18', undo: '--atomic' },
  { version: '4.1', undo: '--rollback-on-failure' },
] as const)('helm $version', ({ version, undo }) => {
  const program = findHelm(version)
  const kubectl = findKubectl('1.33')
  const namespace = `helm-${version.replace('.', '-')}`
  let cluster: TestCluster
  let directory: string
  beforeAll(async () => {
    if (program === undefined) return
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-helm-'))
    for (const [name, text] of Object.entries(chart)) {
      const path = join(directory, 'chart', name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    cluster = await startCluster()
  })
  afterAll(async () => {
    await cluster?.stop()
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  const helm = (...args: string[]): Promise<RunResult> =>
    run(program ?? '', ['--namespace', namespace, ...args], {
      cwd: directory,
      env: { KUBECONFIG: cluster.kubeconfig, HOME: directory, XDG_CACHE_HOME: undefined, XDG_CONFIG_HOME: undefined },
    })
  async function succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await helm(...args)
    expect(code, `helm ${args.join(' ')}: ${stderr}`).toBe(0)
    return stdout
  }
  const message = async (): Promise<string | undefined> =>
    (await cluster.call('GET', `/api/v1/namespaces/${namespace}/configmaps/shop`)).body.data?.['message']

  it.skipIf(program === undefined)(
    `installs a chart with its kinds and hooks, waits for it and tests it (needs helm: ${helmMissing})`,
    async () => {
      const installed = await succeed('install', 'shop', 'chart', '--create-namespace', '--wait', '--timeout', '60s')
      const tested = await succeed('test', 'shop', '--logs')

      expect(installed).toContain('STATUS: deployed')
      expect(tested).toMatch(/Phase: +Succeeded/)
      expect(tested).toContain('it works')
      const { body } = await cluster.call('GET', `/api/v1/namespaces/${namespace}/configmaps/shop`)
      expect(body.data).toEqual({ message: 'one', hasIngress: 'true', found: 'default' })
      const deployment = await cluster.call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/shop`)
      expect(deployment.body.status).toMatchObject({ readyReplicas: 2 })
      const hook = await cluster.call('GET', `/apis/batch/v1/namespaces/${namespace}/jobs/shop-post-install`)
      expect(hook.body.status).toMatchObject({ succeeded: 1 })
    },
    90_000,
  )

  it.skipIf(program === undefined)(
    'tries on the server, upgrades and rolls back',
    async () => {
      const tried = await succeed('upgrade', 'shop', 'chart', '--set', 'message=tried', '--dry-run=server')
      expect(tried).toContain('message: "tried"')
      expect(await message()).toBe('one')

      await succeed('upgrade', 'shop', 'chart', '--set', 'message=two', '--wait', '--timeout', '60s')
      expect(await message()).toBe('two')
      await succeed('rollback', 'shop', '1', '--wait', '--timeout', '60s')

      expect(await message()).toBe('one')
      const history = JSON.parse(await succeed('history', 'shop', '-o', 'json')) as { revision: number; status: string }[]
      expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual(['1 superseded', '2 superseded', '3 deployed'])
      expect(await succeed('get', 'manifest', 'shop')).toContain('kind: Parcel')
      const list = JSON.parse(await succeed('list', '-o', 'json')) as { name: string; revision: string }[]
      expect(list).toMatchObject([{ name: 'shop', revision: '3' }])
    },
    90_000,
  )

  it.skipIf(program === undefined)(
    'undoes an upgrade that does not become ready, and stops at a hook that fails',
    async () => {
      const broken = await helm('upgrade', 'shop', 'chart', '--set', 'starts=false,message=broken', undo, '--timeout', '5s')
      const stopped = await helm('upgrade', 'shop', 'chart', '--set', 'hookFails=true,message=stopped', '--timeout', '30s')

      expect(broken.code).not.toBe(0)
      expect(stopped.code).not.toBe(0)
      expect(stopped.stderr).toContain('pre-upgrade hooks failed')
      expect(await message()).toBe('one')
    },
    90_000,
  )

  it.skipIf(program === undefined)(
    'takes everything away but the kinds',
    async () => {
      await succeed('uninstall', 'shop', '--wait', '--timeout', '60s')

      for (const path of ['/api/v1/%/configmaps/shop', '/apis/apps/v1/%/deployments/shop', '/apis/shop.example.com/v1/%/parcels/shop']) {
        expect((await cluster.call('GET', path.replace('%', `namespaces/${namespace}`))).status, path).toBe(404)
      }
      expect((await cluster.call('GET', '/apis/shop.example.com/v1/parcels')).status).toBe(200)
      const secrets = await cluster.call('GET', `/api/v1/namespaces/${namespace}/secrets?fieldSelector=type%3Dhelm.sh%2Frelease.v1`)
      expect(secrets.body.items).toEqual([])
      expect((await helm('uninstall', 'shop')).stderr).toContain('not found')
    },
    90_000,
  )

  it.skipIf(program === undefined || kubectl === undefined)('renders what kubectl applies', async () => {
    const rendered = await succeed('template', 'rendered', 'chart')

    const applied = await mustRun(kubectl ?? '', ['--kubeconfig', cluster.kubeconfig, '-n', namespace, 'apply', '-f', '-'], {
      input: rendered,
    })

    expect(applied).toContain('deployment.apps/rendered created')
    expect(applied).toContain('parcel.shop.example.com/rendered created')
  })
})
