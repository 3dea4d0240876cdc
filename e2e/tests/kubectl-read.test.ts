import { spawn } from 'node:child_process'
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

const shop = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, labels: { app: shop } }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: shop:1
          command: [sleep, "1000"]
          ports: [{ name: http, containerPort: 8080 }]
          resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 1Gi } }
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: shop:1, command: ["true"] }] } } }
---
apiVersion: v1
kind: Secret
metadata: { name: login }
stringData: { password: hunter2 }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: files }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
  minReplicas: 2
  maxReplicas: 5
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
`

describe.each(kubectlVersions)('what kubectl %s reads', (version) => {
  describe.skipIf(!findKubectl(version)).concurrent('of a running shop', () => {
    let kubectl: Kubectl
    beforeAll(async () => {
      kubectl = await openKubectl(plimsoll, version, `shop-${version.replace('.', '-')}`)
      await kubectl.apply(shop)
      await kubectl('rollout status deployment/shop --timeout=30s')
    }, 60_000)

    it('is a table with the columns that everybody knows', async () => {
      const pods = tableOf(await kubectl('get pods'))
      const wide = tableOf(await kubectl('get pods -o wide'))
      const [deployment] = tableOf(await kubectl('get deployment -o wide'))
      const [service] = tableOf(await kubectl('get svc -o wide'))
      const [ingress] = tableOf(await kubectl('get ingress'))
      const [cron] = tableOf(await kubectl('get cronjob'))

      expect(pods.map((pod) => [pod['READY'], pod['STATUS'], pod['RESTARTS']])).toEqual([
        ['1/1', 'Running', '0'],
        ['1/1', 'Running', '0'],
      ])
      expect(wide[0]).toMatchObject({
        IP: expect.stringMatching(/^10\.244\./) as string,
        NODE: 'plimsoll',
        'NOMINATED NODE': '<none>',
        'READINESS GATES': '<none>',
      })
      expect(deployment).toMatchObject({
        NAME: 'shop',
        READY: '2/2',
        'UP-TO-DATE': '2',
        AVAILABLE: '2',
        CONTAINERS: 'web',
        IMAGES: 'shop:1',
        SELECTOR: 'app=shop',
      })
      expect(service).toMatchObject({
        NAME: 'shop',
        TYPE: 'ClusterIP',
        'CLUSTER-IP': expect.stringMatching(/^10\.96\./) as string,
        'EXTERNAL-IP': '<none>',
        'PORT(S)': '80/TCP',
        SELECTOR: 'app=shop',
      })
      expect(ingress).toMatchObject({ NAME: 'shop', HOSTS: 'shop.example.com', PORTS: '80' })
      expect(cron).toMatchObject({ SCHEDULE: '0 3 * * *', TIMEZONE: '<none>', SUSPEND: 'False', ACTIVE: '0', 'LAST SCHEDULE': '<none>' })
    })

    it('comes as JSON, YAML, JSONPath, custom columns, names and Go templates', async () => {
      const json = JSON.parse(await kubectl('get deployment shop -o json')) as { kind: string; spec: { replicas: number } }
      const list = JSON.parse(await kubectl('get pods -o json')) as { kind: string; items: { kind: string }[] }

      expect([json.kind, json.spec.replicas, list.kind, list.items.map((item) => item.kind)]).toEqual([
        'Deployment',
        2,
        'List',
        ['Pod', 'Pod'],
      ])
      expect(await kubectl('get deployment shop -o yaml')).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n/)
      expect(await kubectl('get deployment shop -o', 'jsonpath={.spec.template.spec.containers[*].image} {.status.readyReplicas}')).toBe(
        'shop:1 2',
      )
      expect(await kubectl('get deployment -o', 'custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[0].image')).toBe(
        'NAME   IMAGE\nshop   shop:1\n',
      )
      expect(await kubectl('get deployment,service -o name')).toBe('deployment.apps/shop\nservice/shop\n')
      expect(await kubectl('get deployment -o', 'go-template={{range .items}}{{.metadata.name}}={{.spec.replicas}}{{end}}')).toBe('shop=2')
    })

    it('shows who owns which field only when it is asked to', async () => {
      expect(await kubectl('get deployment shop -o yaml')).not.toContain('managedFields')
      const shown = JSON.parse(await kubectl('get deployment shop -o json --show-managed-fields')) as {
        metadata: { managedFields: { manager: string; operation: string; subresource?: string }[] }
      }

      const managers = shown.metadata.managedFields.map(({ manager, operation, subresource = '' }) =>
        `${manager} ${operation} ${subresource}`.trim(),
      )
      expect(managers).toEqual(expect.arrayContaining(['kube-controller-manager Update status', 'kubectl-client-side-apply Update']))
    })

    it('can be chosen by labels and by fields', async () => {
      expect((await kubectl('get pods -o name -l', 'app in (shop, other),pod-template-hash')).split('\n')).toHaveLength(3)
      expect(await kubectl('get pods -o name -l', 'app!=shop')).toBe('')
      expect((await kubectl('get pods -o name --field-selector', 'status.phase=Running,spec.nodeName=plimsoll')).split('\n')).toHaveLength(
        3,
      )
      expect(await kubectl('get pods -o name --field-selector', 'status.phase!=Running')).toBe('')
      expect(await kubectl.fails('get pods --field-selector', 'color=red')).toBe(
        'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "color=red": field label not supported: color',
      )
    })

    it('comes in chunks, over all namespaces, sorted, with labels as columns', async () => {
      const inChunks = await kubectl('get pods -A --chunk-size=1 -o name')
      const all = tableOf(await kubectl('get deployment -A -l app=shop --show-labels'))

      expect(inChunks.split('\n').toSorted()).toEqual((await kubectl('get pods -A --chunk-size=0 -o name')).split('\n').toSorted())
      expect(all).toContainEqual(expect.objectContaining({ NAMESPACE: kubectl.namespace, NAME: 'shop', LABELS: 'app=shop' }))
      expect(tableOf(await kubectl('get deployment -L app'))[0]).toMatchObject({ NAME: 'shop', APP: 'shop' })
      expect(await kubectl('get service,secret,ingress --sort-by=.metadata.name -o name')).toBe(
        'secret/login\nservice/shop\ningress.networking.k8s.io/shop\n',
      )
    })

    it('is an everyday selection with "get all"', async () => {
      const names = (await kubectl('get all -o name')).trim().split('\n')

      expect(names.map((name) => name.replace(/-.*/, '')).filter((name, index, all) => all.indexOf(name) === index)).toEqual([
        'pod/shop',
        'service/shop',
        'deployment.apps/shop',
        'replicaset.apps/shop',
        'horizontalpodautoscaler.autoscaling/shop',
        'cronjob.batch/nightly',
      ])
    })

    it('says what is not there', async () => {
      expect(await kubectl.fails('get pod nobody')).toBe('Error from server (NotFound): pods "nobody" not found')
      expect(await kubectl.fails('get unicorns')).toBe('error: the server doesn\'t have a resource type "unicorns"')
      expect((await kubectl.try('get jobs')).stderr).toBe(`No resources found in ${kubectl.namespace} namespace.\n`)
      expect(await kubectl('get pod nobody --ignore-not-found')).toBe('')
    })

    it('can be watched', async () => {
      await kubectl('create configmap watched --from-literal=a=1')
      const watch = spawn(
        kubectl.program,
        ['-n', kubectl.namespace, 'get', 'configmap', 'watched', '-w', '--output-watch-events', '--no-headers'],
        {
          env: { ...process.env, ...kubectl.environment },
        },
      )
      let seen = ''
      watch.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()))
      try {
        await eventually('the first line of the watch', async () => seen.includes('ADDED'))
        await kubectl('label configmap watched a=b')
        await kubectl('delete configmap watched')
        await eventually('the last line of the watch', async () => seen.includes('DELETED'))
      } finally {
        watch.kill('SIGKILL')
      }

      expect(
        seen
          .trim()
          .split('\n')
          .map((line) => line.split(/\s+/).slice(0, 2)),
      ).toEqual([
        ['ADDED', 'watched'],
        ['MODIFIED', 'watched'],
        ['DELETED', 'watched'],
      ])
    })

    it('is described with all that belongs to it', async () => {
      const deployment = await kubectl('describe deployment shop')
      const pod = await kubectl('describe pod -l app=shop')
      const service = await kubectl('describe service shop')

      expect(deployment).toMatch(/^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable$/m)
      expect(deployment).toMatch(/^StrategyType: +RollingUpdate$/m)
      expect(deployment).toMatch(/^NewReplicaSet: +shop-\w+ \(2\/2 replicas created\)$/m)
      expect(deployment).toMatch(/Normal +ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set shop-\w+ from 0 to 2/)
      expect(pod).toMatch(/^Controlled By: +ReplicaSet\/shop-/m)
      expect(pod).toMatch(/^Node: +plimsoll\/127\.0\.0\.1$/m)
      expect(pod).toMatch(/^QoS Class: +Burstable$/m)
      expect(pod).toMatch(/State: +Running\n +Started:/)
      for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started']) expect(pod).toMatch(new RegExp(`Normal +${reason} `))
      expect(service).toMatch(
        /^Port: +<unset> +80\/TCP\nTargetPort: +http\/TCP\nEndpoints: +10\.244\.\d+\.\d+:8080,10\.244\.\d+\.\d+:8080$/m,
      )
    })

    it('is described in every kind', async () => {
      expect(await kubectl('describe ingress shop')).toMatch(
        /shop\.example\.com *\n +\/ +shop:80 \(10\.244\.\d+\.\d+:8080,10\.244\.\d+\.\d+:8080\)/,
      )
      expect(await kubectl('describe cronjob nightly')).toMatch(/^Schedule: +0 3 \* \* \*\nConcurrency Policy: +Allow$/m)
      expect(await kubectl('describe secret login')).toMatch(/^password: +7 bytes$/m)
      expect(await kubectl('describe secret login')).not.toContain('hunter2')
      expect(await kubectl(`describe namespace ${kubectl.namespace}`)).toMatch(/^Status: +Active$/m)
      expect(await kubectl('describe pvc files')).toMatch(/^Status: +Bound$/m)
      expect(await kubectl('describe node plimsoll')).toMatch(/^ +Ready +True .* KubeletReady +kubelet is posting ready status$/m)
      expect(await kubectl('describe node plimsoll')).toMatch(new RegExp(`^ +${kubectl.namespace} +shop-\\S+ +10m \\(0%\\)`, 'm'))
    })

    it('says of an autoscaler that its numbers are missing', async () => {
      const described = await eventually('the autoscaler has looked', async () => {
        const text = await kubectl('describe hpa shop')
        return text.includes('ScalingActive') && text
      })

      expect(described).toMatch(/resource cpu on pods +\(as a percentage of request\): +<unknown> \/ 70%/)
      expect(described).toMatch(/ScalingActive +False +FailedGetResourceMetric /)
      expect(tableOf(await kubectl('get hpa'))[0]).toMatchObject({
        REFERENCE: 'Deployment/shop',
        TARGETS: 'cpu: <unknown>/70%',
        MINPODS: '2',
        MAXPODS: '5',
        REPLICAS: '2',
      })
    })

    it('has events, by object and by reason', async () => {
      expect(await kubectl('events --for=deployment/shop')).toMatch(/Normal +ScalingReplicaSet +Deployment\/shop +Scaled up replica set/)
      expect(await kubectl('get events --field-selector', 'reason=ScalingReplicaSet,involvedObject.name=shop', '-o', 'name')).toMatch(
        /^event\/shop\.\w+\n$/,
      )
    })

    it('can be waited for', async () => {
      expect(await kubectl('wait deployment/shop --for=condition=Available --timeout=5s')).toBe('deployment.apps/shop condition met\n')
      expect(await kubectl('wait deployment/shop --timeout=5s', '--for=jsonpath={.status.readyReplicas}=2')).toBe(
        'deployment.apps/shop condition met\n',
      )
      expect(await kubectl.fails('wait deployment/shop --for=condition=Strange --timeout=1s')).toContain(
        'timed out waiting for the condition on deployments/shop',
      )
      expect(await kubectl.fails('wait pod/nobody --for=condition=Ready')).toBe('Error from server (NotFound): pods "nobody" not found')
      const created = kubectl('wait configmap/later --for=create --timeout=10s')
      await kubectl('create configmap later')
      expect(await created).toBe('configmap/later condition met\n')
      const gone = kubectl('wait configmap/later --for=delete --timeout=10s')
      await kubectl('delete configmap later --wait=false')
      expect(await gone).toMatch(/^(configmap\/later condition met\n)?$/)
    })

    it('is stale nowhere: scale and status are subresources with columns of their own', async () => {
      expect(tableOf(await kubectl('get deployment shop --subresource=scale'))[0]).toMatchObject({
        NAME: 'shop',
        DESIRED: '2',
        AVAILABLE: '2',
      })
      expect(await kubectl('get deployment shop --subresource=status -o name')).toBe('deployment.apps/shop\n')
    })
  })

  describe.skipIf(!findKubectl(version)).concurrent('of the cluster', () => {
    let kubectl: Kubectl
    beforeAll(async () => {
      kubectl = await openKubectl(plimsoll, version, 'default')
    })

    it('tells what it serves', async () => {
      const resources = tableOf(await kubectl('api-resources'))
      const versions = (await kubectl('api-versions')).trim().split('\n')

      const find = (name: string): unknown => {
        const row = resources.find((each) => each['NAME'] === name)
        return row && [row['SHORTNAMES'], row['APIVERSION'], row['NAMESPACED'], row['KIND']]
      }
      expect(find('deployments')).toEqual(['deploy', 'apps/v1', 'true', 'Deployment'])
      expect(find('persistentvolumeclaims')).toEqual(['pvc', 'v1', 'true', 'PersistentVolumeClaim'])
      expect(find('horizontalpodautoscalers')).toEqual(['hpa', 'autoscaling/v2', 'true', 'HorizontalPodAutoscaler'])
      expect(find('customresourcedefinitions')).toEqual(['crd,crds', 'apiextensions.k8s.io/v1', 'false', 'CustomResourceDefinition'])
      expect(versions).toEqual(
        expect.arrayContaining(['apps/v1', 'autoscaling/v1', 'autoscaling/v2', 'batch/v1', 'networking.k8s.io/v1', 'policy/v1', 'v1']),
      )
      expect(await kubectl('api-resources --api-group=batch --namespaced=true -o name')).toBe('cronjobs.batch\njobs.batch\n')
    })

    it('tells what it is', async () => {
      expect(await kubectl('version')).toMatch(new RegExp(`^Client Version: v${version}\\.\\d+[\\s\\S]*Server Version: v1\\.34\\.\\d+`))
      expect(await kubectl('cluster-info')).toMatch(/Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/)
      expect(tableOf(await kubectl('get nodes'))[0]).toMatchObject({ NAME: 'plimsoll', STATUS: 'Ready', ROLES: 'control-plane' })
      expect(await kubectl('get --raw /readyz')).toBe('ok')
      expect(await kubectl('config view -o', 'jsonpath={.current-context} {.users[0].user.token}')).toBe('plimsoll REDACTED')
      expect(tableOf(await kubectl('get service'))[0]).toMatchObject({
        NAME: 'kubernetes',
        TYPE: 'ClusterIP',
        'CLUSTER-IP': '10.96.0.1',
        'PORT(S)': '443/TCP',
      })
      expect(await kubectl('get namespaces -o name')).toContain(
        'namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n',
      )
    })

    it('knows who asks and what they may do', async () => {
      expect(await kubectl('auth whoami')).toMatch(/Username +plimsoll-admin\nGroups +\[system:masters system:authenticated\]/)
      expect(await kubectl('auth can-i create deployments')).toBe('yes\n')
      expect(await kubectl('auth can-i --list')).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/)
    })

    it('explains kinds and fields', async () => {
      expect(await kubectl('explain deployment.spec.strategy')).toMatch(
        /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: strategy <DeploymentStrategy>/,
      )
      expect(await kubectl('explain pod.spec.containers.livenessProbe.httpGet')).toMatch(/port\t<IntOrString> -required-/)
      expect(await kubectl('explain cronjob --recursive')).toMatch(/ {6}template\t<PodTemplateSpec> -required-/)
      expect(await kubectl.fails('explain pod.spec.color')).toContain('error: field "color" does not exist')
    })

    it('does not pretend to have metrics', async () => {
      expect(await kubectl.fails('top pods')).toBe('error: Metrics API not available')
      expect(await kubectl.fails('top nodes')).toBe('error: Metrics API not available')
    })

    it('warns of what is deprecated', async () => {
      expect((await kubectl.try('get endpoints')).stderr).toContain(
        'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
      )
    })
  })
})
