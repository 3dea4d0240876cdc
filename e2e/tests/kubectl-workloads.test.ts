import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { type Kubectl, openKubectl, tableOf } from '../harness/kubectl-session.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

// Many calls of kubectl, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

let plimsoll: Plimsoll
beforeAll(async () => {
  plimsoll = await startPlimsoll()
})
afterAll(() => plimsoll?.stop())

const open = (namespace: string): Promise<Kubectl> => openKubectl(plimsoll, '1.34', namespace)

/** A pod with one container that runs a shell script. */
const pod = (name: string, script: string, more = '', container = ''): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 2
  containers:
    - name: main
      image: a
      command: [sh, -c, ${JSON.stringify(script)}]
${container.replaceAll(/^(?=.)/gm, '      ')}
${more.replaceAll(/^(?=.)/gm, '  ')}
`

describe.skipIf(!findKubectl('1.34')).concurrent(`workloads in the embedded cluster (needs kubectl: ${kubectlMissing})`, () => {
  it('StatefulSets give each pod its name and its volume, also for its next life', async () => {
    const kubectl = await open('stateful')
    await kubectl.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: main, image: db:1, command: [sh, -c, "echo $HOSTNAME >> /data/lives; exec sleep 1000"], volumeMounts: [{ name: data, mountPath: /data }] }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`)
    await kubectl('rollout status statefulset/db --timeout=40s')

    expect(tableOf(await kubectl('get pods')).map((row) => row['NAME'])).toEqual(['db-0', 'db-1'])
    expect(tableOf(await kubectl('get pvc')).map((row) => [row['NAME'], row['STATUS'], row['CAPACITY'], row['STORAGECLASS']])).toEqual([
      ['data-db-0', 'Bound', '1Gi', 'standard'],
      ['data-db-1', 'Bound', '1Gi', 'standard'],
    ])
    await kubectl('delete pod db-1')
    await eventually('it lives again', async () => (await kubectl.try('exec db-1 -- cat /data/lives')).stdout === 'db-1\ndb-1\n')
    await kubectl('set image statefulset/db main=db:2')
    await kubectl('rollout status statefulset/db --timeout=40s')
    expect(await kubectl('get pods -o', 'jsonpath={.items[*].spec.containers[0].image}')).toBe('db:2 db:2')
    await kubectl('rollout undo statefulset/db')
    await kubectl('rollout status statefulset/db --timeout=40s')
    expect(await kubectl('get pods -o', 'jsonpath={.items[*].spec.containers[0].image}')).toBe('db:1 db:1')
    await kubectl('scale statefulset/db --replicas=1 --timeout=20s')
    await eventually(
      'the last one goes, its volume stays',
      async () =>
        (await kubectl('get pods,pvc -o name')) === 'pod/db-0\npersistentvolumeclaim/data-db-0\npersistentvolumeclaim/data-db-1\n',
    )
  })

  it('DaemonSets run one pod on the node, and roll out', async () => {
    const kubectl = await open('daemon')
    await kubectl.apply(`
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: main, image: agent:1, command: [sleep, "1000"] }] }
`)
    await kubectl('rollout status daemonset/agent --timeout=40s')

    expect(tableOf(await kubectl('get daemonset'))[0]).toMatchObject({
      DESIRED: '1',
      CURRENT: '1',
      READY: '1',
      'UP-TO-DATE': '1',
      AVAILABLE: '1',
      'NODE SELECTOR': '<none>',
    })
    await kubectl('set image daemonset/agent main=agent:2')
    await kubectl('rollout status daemonset/agent --timeout=40s')
    expect(await kubectl('rollout history daemonset/agent')).toBe(
      'daemonset.apps/agent \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n',
    )
  })

  it('Jobs complete, fail after their back-off limit, and are cleaned up in time', async () => {
    const kubectl = await open('jobs')
    const job = (name: string, script: string, spec: string): string => `
apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec: { ${spec}, template: { spec: { restartPolicy: Never, containers: [{ name: main, image: a, command: [sh, -c, "${script}"] }] } } }
---
`
    await kubectl.apply(
      job('good', 'echo $JOB_COMPLETION_INDEX', 'completions: 3, parallelism: 3, completionMode: Indexed') +
        job('bad', 'echo oh no; exit 2', 'backoffLimit: 0') +
        job('late', 'sleep 1000', 'activeDeadlineSeconds: 1') +
        job('short', 'true', 'ttlSecondsAfterFinished: 0'),
    )

    await kubectl('wait job/good --for=condition=Complete --timeout=40s')
    await kubectl('wait job/bad job/late --for=condition=Failed --timeout=40s')
    await kubectl('wait job/short --for=delete --timeout=40s')
    expect(tableOf(await kubectl('get jobs')).map((row) => [row['NAME'], row['STATUS'], row['COMPLETIONS']])).toEqual([
      ['bad', 'Failed', '0/1'],
      ['good', 'Complete', '3/3'],
      ['late', 'Failed', '0/1'],
    ])
    expect((await kubectl('logs -l job-name=good')).split('\n').toSorted().join('')).toBe('012')
    expect(await kubectl('describe job bad')).toMatch(/Warning +BackoffLimitExceeded .* Job has reached the specified backoff limit/)
    expect(await kubectl('describe job late')).toMatch(/Warning +DeadlineExceeded .* Job was active longer than specified deadline/)
    expect(await kubectl('logs job/bad')).toBe('oh no\n')
  })

  it('pods get their configuration as variables, files and facts about themselves', async () => {
    const kubectl = await open('configuration')
    await kubectl('create configmap settings --from-literal=color=red --from-literal=log.level=debug')
    await kubectl('create secret generic login --from-literal=password=hunter2')
    await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: mixed, labels: { role: tester } }
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
    - { name: prepare, image: a, command: [sh, -c, "echo made by init > /scratch/file"], volumeMounts: [{ name: work, mountPath: /scratch }] }
  containers:
    - name: main
      image: a
      command: [sleep, "1000"]
      env:
        - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        - { name: COLOR, valueFrom: { configMapKeyRef: { name: settings, key: color } } }
        - { name: BOTH, value: "$(POD) is $(COLOR), $$(POD)" }
        - { name: MEMORY, valueFrom: { resourceFieldRef: { resource: limits.memory, divisor: 1Mi } } }
        - { name: NOTHING, valueFrom: { secretKeyRef: { name: none, key: none, optional: true } } }
      envFrom: [{ secretRef: { name: login }, prefix: LOGIN_ }]
      resources: { limits: { memory: 64Mi } }
      volumeMounts:
        - { name: work, mountPath: /scratch }
        - { name: settings, mountPath: /etc/settings }
        - { name: login, mountPath: /etc/login, readOnly: true }
        - { name: about, mountPath: /etc/about }
  volumes:
    - { name: work, emptyDir: {} }
    - { name: settings, configMap: { name: settings, items: [{ key: color, path: deep/color }] } }
    - { name: login, secret: { secretName: login, defaultMode: 0400 } }
    - name: about
      projected:
        sources:
          - { downwardAPI: { items: [{ path: labels, fieldRef: { fieldPath: metadata.labels } }] } }
          - { serviceAccountToken: { path: token } }
`)
    await kubectl('wait pod/mixed --for=condition=Ready --timeout=40s')
    const read = (file: string): Promise<string> => kubectl('exec mixed -- cat', file)
    const inside = (text: string): Promise<string> => kubectl('exec mixed --', 'sh', '-c', text)

    expect(await inside('echo "$BOTH; $MEMORY; $LOGIN_password; ${NOTHING-unset}"')).toBe('mixed is red, $(POD); 64; hunter2; unset\n')
    expect([
      await read('/scratch/file'),
      await read('/etc/settings/deep/color'),
      await read('/etc/login/password'),
      await read('/etc/about/labels'),
    ]).toEqual(['made by init\n', 'red', 'hunter2', 'role="tester"'])
    expect(await inside('stat -L -c %a /etc/login/password')).toBe('400\n')
    expect(await read('/etc/about/token')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await kubectl('patch configmap settings --type=merge -p', '{"data":{"color":"blue"}}')
    await kubectl('label pod mixed role=taster --overwrite')
    await eventually(
      'the files follow',
      async () => (await read('/etc/settings/deep/color')) === 'blue' && (await read('/etc/about/labels')) === 'role="taster"',
    )
    expect(await inside('echo $COLOR')).toBe('red\n')
  })

  it('pods wait for what they need and say what it is', async () => {
    const kubectl = await open('waiting')
    await kubectl.apply(
      pod('variable', 'exec sleep 1000', '', 'env: [{ name: A, valueFrom: { secretKeyRef: { name: later, key: word } } }]') +
        '---' +
        pod(
          'volume',
          'exec sleep 1000',
          'volumes: [{ name: v, configMap: { name: later } }]',
          'volumeMounts: [{ name: v, mountPath: /v }]',
        ),
    )
    const status = async (name: string): Promise<string | undefined> => tableOf(await kubectl(`get pod ${name}`))[0]?.['STATUS']

    await eventually('one waits with an error', async () => (await status('variable')) === 'CreateContainerConfigError')
    expect(await kubectl.value('pod variable', '.status.containerStatuses[0].state.waiting.message')).toBe('secret "later" not found')
    expect(
      await eventually(
        'the event',
        async () => /Warning +Failed .*Error: secret "later" not found/.exec(await kubectl('describe pod variable'))?.[0],
      ),
    ).toBeDefined()
    expect(await status('volume')).toBe('ContainerCreating')
    expect(
      await eventually(
        'the event',
        async () =>
          /Warning +FailedMount .*MountVolume\.SetUp failed for volume "v" : configmap "later" not found/.exec(
            await kubectl('describe pod volume'),
          )?.[0],
      ),
    ).toBeDefined()
    await kubectl('create secret generic later --from-literal=other=x')
    await eventually(
      'the key is missing',
      async () =>
        (await kubectl.value('pod variable', '.status.containerStatuses[0].state.waiting.message')) ===
        "couldn't find key word in Secret waiting/later",
    )
    await kubectl('delete secret later')
    await kubectl('create secret generic later --from-literal=word=x')
    await kubectl('create configmap later')
    await kubectl('wait pod/variable pod/volume --for=condition=Ready --timeout=40s')
  })

  it('containers that fail are started again, later each time, and leave a message', async () => {
    const kubectl = await open('crash')
    await kubectl.apply(
      `${pod('crash', 'echo out; echo bye > $PLIMSOLL_ROOT/dev/termination-log; exit 42')}---${pod('talks', 'echo last words; exit 1', 'restartPolicy: Never', 'terminationMessagePolicy: FallbackToLogsOnError')}---${pod('once', 'exit 3', 'restartPolicy: Never')}`,
    )

    await eventually('it is backed off', async () => tableOf(await kubectl('get pod crash'))[0]?.['STATUS'] === 'CrashLoopBackOff')
    const described = await kubectl('describe pod crash')
    expect(described).toMatch(/State: +Waiting\n +Reason: +CrashLoopBackOff\n +Last State: +Terminated\n +Reason: +Error\n +Message: +bye/)
    expect(described).toMatch(/Exit Code: +42\n/)
    expect(described).toMatch(/Warning +BackOff .*Back-off restarting failed container main in pod crash_crash\(/)
    expect(await kubectl.value('pod crash', '.status.containerStatuses[0].state.waiting.message')).toMatch(
      /^back-off 10s restarting failed container=main pod=crash_crash\(/,
    )
    expect(await kubectl('logs crash --previous')).toBe('out\n')
    await eventually('the others are over', async () =>
      tableOf(await kubectl('get pod talks once')).every((row) => row['STATUS'] === 'Error'),
    )
    expect(await kubectl.value('pod talks', '.status.containerStatuses[0].state.terminated.message')).toBe('last words\n')
    expect(await kubectl.value('pod once', '.status.phase')).toBe('Failed')
  })

  it('probes decide who is ready and who is started again', async () => {
    const kubectl = await open('probes')
    await kubectl.apply(
      `${pod('alive', 'touch alive; exec sleep 1000', '', 'livenessProbe: { exec: { command: [test, -e, alive] }, periodSeconds: 1, failureThreshold: 1 }')}---${pod('ready', 'exec sleep 1000', '', 'readinessProbe: { exec: { command: [test, -e, ready] }, periodSeconds: 1 }')}`,
    )
    await kubectl('wait pod/alive --for=condition=Ready --timeout=40s')

    expect(tableOf(await kubectl('get pod ready'))[0]).toMatchObject({ READY: '0/1', STATUS: 'Running' })
    expect(await kubectl.value('pod ready', '.status.conditions[?(@.type=="Ready")].message')).toBe(
      'containers with unready status: [main]',
    )
    await kubectl('exec ready -- touch ready')
    await kubectl('wait pod/ready --for=condition=Ready --timeout=40s')
    await kubectl('exec alive -- rm alive')
    await eventually(
      'it is started again',
      async () => (await kubectl.value('pod alive', '.status.containerStatuses[0].restartCount')) === '1',
    )
    expect(await kubectl('describe pod alive')).toMatch(
      /Warning +Unhealthy .*Liveness probe failed:[\s\S]*Normal +Killing .*Container main failed liveness probe, will be restarted/,
    )
  })

  it('containers are told to stop, and may say goodbye', async () => {
    const kubectl = await open('goodbye')
    await kubectl.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: book }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---${pod(
      'polite',
      'trap "echo stopped >> /book/page; exit 0" TERM; while :; do sleep 0.05; done',
      'volumes: [{ name: book, persistentVolumeClaim: { claimName: book } }]',
      'volumeMounts: [{ name: book, mountPath: /book }]\nlifecycle: { postStart: { exec: { command: [sh, -c, "echo started >> /book/page"] } }, preStop: { exec: { command: [sh, -c, "echo stopping >> /book/page"] } } }',
    )}`)
    await kubectl('wait pod/polite --for=condition=Ready --timeout=40s')
    await kubectl('delete pod polite')
    await kubectl.apply(
      pod(
        'reader',
        'cat /book/page',
        'restartPolicy: Never\nvolumes: [{ name: book, persistentVolumeClaim: { claimName: book } }]',
        'volumeMounts: [{ name: book, mountPath: /book }]',
      ),
    )

    await kubectl('wait pod/reader --for=jsonpath={.status.phase}=Succeeded --timeout=40s')
    expect(await kubectl('logs reader')).toBe('started\nstopping\nstopped\n')
    const uid = await kubectl.value('pvc book', '.metadata.uid')
    const data = join(plimsoll.dataDir, 'cluster', 'kubelet', 'claims', uid)
    expect(existsSync(data)).toBe(true)
    await kubectl('delete pvc book')
    await eventually('the data of the deleted claim is gone', async () => !existsSync(data))
  })

  it('a Service is found by variables, and leads from one pod to another', async () => {
    const kubectl = await open('service')
    await kubectl.apply(`
apiVersion: v1
kind: Service
metadata: { name: echo-server }
spec: { selector: { app: echo }, ports: [{ name: web, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Pod
metadata: { name: echo, labels: { app: echo } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - { name: main, image: a, ports: [{ name: http, containerPort: 8080 }], command: [node, -e, "require('http').createServer((q, s) => s.end('echo ' + q.url)).listen(process.env.PORT)"], readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 } }
`)
    await kubectl('wait pod/echo --for=condition=Ready --timeout=40s')
    await kubectl(
      'run caller --image=a --restart=Never --command --',
      'node',
      '-e',
      "fetch('http://' + process.env.ECHO_SERVER_SERVICE_HOST + ':' + process.env.ECHO_SERVER_SERVICE_PORT_WEB + '/from-a-pod').then((r) => r.text()).then(console.log)",
    )

    await kubectl('wait pod/caller --for=jsonpath={.status.phase}=Succeeded --timeout=40s')
    expect(await kubectl('logs caller')).toBe('echo /from-a-pod\n')
  })

  it('names are generated, owners take theirs along, and quotas and policies are kept', async () => {
    const kubectl = await open('owners')
    const owner = JSON.parse(await kubectl('create configmap owner -o json')) as { metadata: { uid: string } }
    const made = await kubectl.with({
      input: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"made-","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"${owner.metadata.uid}"}]}}`,
    })('create -f -')
    await kubectl('create quota few --hard=count/configmaps=100,pods=10')
    await kubectl.apply(
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: closed }\nspec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { a: b } } }], ports: [{ port: 80 }] }] }\n',
    )

    expect(made).toMatch(/^configmap\/made-[a-z0-9]{5} created\n$/)
    await eventually('the quota is counted', async () =>
      /count\/configmaps +\d+ +100\npods +0 +10/.test(await kubectl('describe quota few')),
    )
    expect(await kubectl('describe networkpolicy closed')).toMatch(/To Port: 80\/TCP\n {4}From:\n {6}PodSelector: a=b/)
    await kubectl('delete configmap owner')
    await eventually('what it owned is gone', async () => (await kubectl('get configmap -o name')) === 'configmap/kube-root-ca.crt\n')
  })

  it('CronJobs start their job at the minute', async () => {
    const kubectl = await open('cron')
    await kubectl('create cronjob every-minute --image=a', '--schedule=* * * * *', '--', 'echo', 'tick')

    const job = await eventually(
      'the minute has come',
      async () => (await kubectl('get jobs -o', 'jsonpath={.items[0].metadata.name}').catch(() => '')) || undefined,
      75_000,
    )

    expect(job).toMatch(/^every-minute-\d{8}$/)
    await kubectl(`wait job/${job} --for=condition=Complete --timeout=20s`)
    await eventually('it is remembered', async () => tableOf(await kubectl('get cronjob'))[0]?.['LAST SCHEDULE'] !== '<none>')
    expect(await kubectl('describe cronjob every-minute')).toMatch(/Normal +SuccessfulCreate .*Created job every-minute-\d{8}/)
  })
})
