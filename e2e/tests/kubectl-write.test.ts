import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { join } from 'node:path'
import { findKubectl } from '../harness/kubectl.ts'
import { filesForKubectl, type Kubectl, kubectlVersions, openKubectl, tableOf } from '../harness/kubectl-session.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

// Many calls of kubectl, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

let plimsoll: Plimsoll
beforeAll(async () => {
  plimsoll = await startPlimsoll()
})
afterAll(() => plimsoll?.stop())

const settings = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${value} }\n`

const deployment = (name: string, image = 'app:1'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: main, image: "${image}", command: [sleep, "1000"], env: [{ name: A, value: one }] }]
`

describe.each(kubectlVersions)('what kubectl %s changes', (version) => {
  const name = version.replace('.', '-')
  const nodePort = 31_900 + Number(version.replace('1.', ''))

  describe.skipIf(!findKubectl(version)).concurrent('by its generators', () => {
    let kubectl: Kubectl
    beforeAll(async () => {
      kubectl = await openKubectl(plimsoll, version, `create-${name}`)
    })

    it('makes ConfigMaps and Secrets from files, literals and key pairs', async () => {
      const files = filesForKubectl({ 'notes.txt': 'hello\n', 'all.env': 'A=1\nB=two words\n' })
      await mustRun('openssl', 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=shop -keyout tls.key -out tls.crt'.split(' '), {
        cwd: files,
      })

      await kubectl(
        'create configmap mixed --from-literal=a=b',
        `--from-file=${join(files, 'notes.txt')}`,
        `--from-file=named=${join(files, 'notes.txt')}`,
      )
      await kubectl('create configmap env', `--from-env-file=${join(files, 'all.env')}`)
      await kubectl('create secret generic login --from-literal=password=hunter2')
      await kubectl('create secret tls web', `--cert=${join(files, 'tls.crt')}`, `--key=${join(files, 'tls.key')}`)
      await kubectl('create secret docker-registry pull --docker-server=r.example.com --docker-username=u --docker-password=p')

      expect(JSON.parse(await kubectl.value('configmap mixed', '.data'))).toEqual({ a: 'b', 'notes.txt': 'hello\n', named: 'hello\n' })
      expect(JSON.parse(await kubectl.value('configmap env', '.data'))).toEqual({ A: '1', B: 'two words' })
      expect(tableOf(await kubectl('get secret')).map((row) => [row['NAME'], row['TYPE'], row['DATA']])).toEqual([
        ['login', 'Opaque', '1'],
        ['pull', 'kubernetes.io/dockerconfigjson', '1'],
        ['web', 'kubernetes.io/tls', '2'],
      ])
      expect(Buffer.from(await kubectl.value('secret login', '.data.password'), 'base64').toString()).toBe('hunter2')
    })

    it('makes workloads', async () => {
      expect(await kubectl('create deployment web --image=web:1 --replicas=2 --port=80 -- sleep 1000')).toBe(
        'deployment.apps/web created\n',
      )
      expect(await kubectl('create job once --image=tool:1 --', 'sh', '-c', 'echo done')).toBe('job.batch/once created\n')
      expect(await kubectl('create cronjob tick --image=tool:1', '--schedule=0 0 1 1 *', '--', 'echo', 'tick')).toBe(
        'cronjob.batch/tick created\n',
      )
      expect(await kubectl('create job by-hand --from=cronjob/tick')).toBe('job.batch/by-hand created\n')

      await kubectl('wait job/once job/by-hand --for=condition=Complete --timeout=30s')
      expect(await kubectl('logs job/once')).toBe('done\n')
      expect(await kubectl('logs job/by-hand')).toBe('tick\n')
      expect(tableOf(await kubectl('get job once'))[0]).toMatchObject({ STATUS: 'Complete', COMPLETIONS: '1/1' })
      expect(await kubectl.value('job by-hand', '.metadata.ownerReferences[0].name')).toBe('tick')
      expect(await kubectl.fails('create job more --from=cronjob/nothing')).toBe(
        'Error from server (NotFound): cronjobs.batch "nothing" not found',
      )
    })

    it('makes Services, Ingresses and everything around them', async () => {
      const made = [
        await kubectl('create service clusterip inner --tcp=80:8080'),
        await kubectl('create service nodeport outer --tcp=80:8080 ', `--node-port=${nodePort}`),
        await kubectl('create service loadbalancer edge --tcp=80'),
        await kubectl('create service externalname away --external-name=example.com'),
        await kubectl('create ingress front', '--rule=shop.example.com/api*=inner:80', '--rule=shop.example.com/=inner:80,tls=web'),
        await kubectl('create serviceaccount robot'),
        await kubectl('create role reader --verb=get,list --resource=pods,deployments.apps'),
        await kubectl(`create rolebinding readers --role=reader --serviceaccount=create-${name}:robot`),
        await kubectl(`create clusterrole nodes-${name} --verb=get --resource=nodes`),
        await kubectl(`create clusterrolebinding nodes-${name} --clusterrole=nodes-${name} --user=jo`),
        await kubectl('create quota few --hard=pods=100,count/secrets=100'),
        await kubectl('create poddisruptionbudget some --selector=app=web --min-available=1'),
        await kubectl(`create priorityclass high-${name} --value=1000 --description=first`),
      ]

      expect(made.join('')).toBe(
        [
          'service/inner created',
          'service/outer created',
          'service/edge created',
          'service/away created',
          'ingress.networking.k8s.io/front created',
          'serviceaccount/robot created',
          'role.rbac.authorization.k8s.io/reader created',
          'rolebinding.rbac.authorization.k8s.io/readers created',
          `clusterrole.rbac.authorization.k8s.io/nodes-${name} created`,
          `clusterrolebinding.rbac.authorization.k8s.io/nodes-${name} created`,
          'resourcequota/few created',
          'poddisruptionbudget.policy/some created',
          `priorityclass.scheduling.k8s.io/high-${name} created`,
          '',
        ].join('\n'),
      )
      expect(tableOf(await kubectl('get service')).map((row) => [row['NAME'], row['TYPE'], row['PORT(S)']])).toEqual([
        ['away', 'ExternalName', '<none>'],
        ['edge', 'LoadBalancer', expect.stringMatching(/^80:3\d{4}\/TCP$/)],
        ['inner', 'ClusterIP', '80/TCP'],
        ['outer', 'NodePort', `80:${nodePort}/TCP`],
      ])
      expect(await kubectl('describe role reader')).toMatch(/deployments\.apps +\[\] +\[\] +\[get list\]/)
      expect(tableOf(await kubectl('get rolebinding -o wide'))[0]).toMatchObject({
        ROLE: 'Role/reader',
        SERVICEACCOUNTS: `create-${name}/robot`,
      })
    })

    it('makes tokens that say who their bearer is, for as long as the account exists', async () => {
      await kubectl('create serviceaccount guest')
      const token = (await kubectl('create token guest --duration=20m')).trim()
      const server = await kubectl('config view -o', 'jsonpath={.clusters[0].cluster.server}')
      const ask = (): Promise<Response> => askWith(`${server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, token)

      const answer = (await (await ask()).json()) as { status: { userInfo: { username: string } } }
      await kubectl('delete serviceaccount guest')

      expect(answer.status.userInfo.username).toBe(`system:serviceaccount:create-${name}:guest`)
      expect((await ask()).status).toBe(401)
    })

    it('refuses what a real cluster refuses, in its words', async () => {
      await kubectl('create configmap twice')

      expect(await kubectl.fails('create configmap twice')).toBe('error: failed to create configmap: configmaps "twice" already exists')
      expect(await kubectl.fails('create namespace', `create-${name}`)).toBe(
        `Error from server (AlreadyExists): namespaces "create-${name}" already exists`,
      )
      expect(await kubectl.fails('create deployment Loud --image=a')).toBe(
        `error: failed to create deployment: Deployment.apps "Loud" is invalid: metadata.name: Invalid value: "Loud": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      )
      const pod = (spec: string): Kubectl => kubectl.with({ input: `apiVersion: v1\nkind: Pod\nmetadata: { name: bad }\nspec: ${spec}\n` })
      expect(await pod('{}').fails('create -f -')).toBe('The Pod "bad" is invalid: spec.containers: Required value')
      expect(await pod('{ containers: [{ name: a }] }').fails('create -f -')).toBe(
        'The Pod "bad" is invalid: spec.containers[0].image: Required value',
      )
      expect(await pod('{ containrs: [] }').fails('create -f -')).toBe(
        'Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containrs"',
      )
      expect(await pod('{ containers: [{ name: a, image: b, ports: [{ containerPort: "x" }] }] }').fails('create -f -')).toContain(
        'cannot be handled as a Pod: json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
      )
      expect(await kubectl.with({ input: settings('red') }).fails('create -n nowhere -f -')).toContain('namespaces "nowhere" not found')
      expect(
        await kubectl.with({ input: 'apiVersion: example.com/v1\nkind: Unicorn\nmetadata: { name: u }\n' }).fails('create -f -'),
      ).toContain('no matches for kind "Unicorn" in version "example.com/v1"\nensure CRDs are installed first')
    })

    it('changes nothing in a dry run', async () => {
      expect(await kubectl('create deployment dry --image=a --dry-run=server')).toBe('deployment.apps/dry created (server dry run)\n')
      expect(await kubectl('create deployment dry --image=a --dry-run=client -o name')).toBe('deployment.apps/dry\n')
      expect(await kubectl.fails('get deployment dry')).toContain('not found')
    })
  })

  describe.skipIf(!findKubectl(version)).concurrent('by apply, diff, edit, replace and patch', () => {
    const open = (purpose: string): Promise<Kubectl> => openKubectl(plimsoll, version, `${purpose}-${name}`)

    it('creates, leaves alone, configures, and remembers what was applied last', async () => {
      const kubectl = await open('apply')

      expect(await kubectl.apply(settings('red'))).toBe('configmap/settings created\n')
      expect(await kubectl.apply(settings('red'))).toBe('configmap/settings unchanged\n')
      expect(await kubectl.apply(settings('blue'), '--dry-run=server')).toBe('configmap/settings configured (server dry run)\n')
      expect(await kubectl.apply(settings('blue'), '--dry-run=client')).toBe('configmap/settings configured (dry run)\n')
      expect(await kubectl.value('configmap settings', '.data.color')).toBe('red')
      expect(await kubectl.apply(settings('blue'))).toBe('configmap/settings configured\n')
      expect(await kubectl('apply view-last-applied configmap settings')).toContain('data:\n  color: blue\n')
      expect(await kubectl.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n')).toBe('configmap/settings configured\n')
      expect(await kubectl.value('configmap settings', '.data')).toBe('')
    })

    it('applies on the server, and two managers do not take fields from each other by accident', async () => {
      const kubectl = await open('ssa')

      expect(await kubectl.apply(settings('red'), '--server-side')).toBe('configmap/settings serverside-applied\n')
      const conflict = await kubectl.with({ input: settings('blue') }).fails('apply --server-side --field-manager=other -f -')
      expect(conflict.split('\n')[0]).toBe('error: Apply failed with 1 conflict: conflict with "kubectl": .data.color')
      expect(conflict).toContain('re-run the apply\n  command with the `--force-conflicts` flag')
      expect(await kubectl.apply(settings('blue'), '--server-side', '--field-manager=other', '--force-conflicts')).toBe(
        'configmap/settings serverside-applied\n',
      )
      expect(await kubectl.value('configmap settings', '.data.color')).toBe('blue')
      expect(await kubectl.fails('apply --server-side --field-manager= -f', filesForKubectl({ 'a.yaml': settings('red') }))).not.toBe('')
    })

    it('takes over what was applied by the client before', async () => {
      const kubectl = await open('migrate')
      await kubectl.apply(settings('red'))

      expect(await kubectl.apply(settings('blue'), '--server-side')).toBe('configmap/settings serverside-applied\n')
      await kubectl.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n', '--server-side')

      expect(await kubectl.value('configmap settings', '.data')).toBe('')
    })

    it('shows differences, and its exit code says whether there are any', async () => {
      const kubectl = await open('diff')
      await kubectl.apply(settings('red'))

      const same = await kubectl.with({ input: settings('red') }).try('diff -f -')
      const other = await kubectl.with({ input: settings('blue') }).try('diff -f -')
      const onServer = await kubectl.with({ input: settings('green') }).try('diff --server-side --force-conflicts -f -')

      expect([same.code, same.stdout]).toEqual([0, ''])
      expect(other.code).toBe(1)
      expect(other.stdout).toMatch(/^-  color: red\n\+  color: blue$/m)
      expect(onServer.code).toBe(1)
      expect(onServer.stdout).toMatch(/^\+  color: green$/m)
      expect(await kubectl.value('configmap settings', '.data.color')).toBe('red')
    })

    it('prunes what is no longer in the files', async () => {
      const kubectl = await open('prune')
      const labelled = (each: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${each}, labels: { set: mine } }\n`
      await kubectl.apply(`${labelled('one')}---\n${labelled('two')}`)

      const result = await kubectl.apply(labelled('one'), '--prune', '-l', 'set=mine', '--prune-allowlist=core/v1/ConfigMap')

      expect(result).toBe('configmap/one unchanged\nconfigmap/two pruned\n')
    })

    it('builds kustomizations itself', async () => {
      const kubectl = await open('kustomize')
      const directory = filesForKubectl({
        'kustomization.yaml': 'namePrefix: dev-\nresources: [settings.yaml]\nconfigMapGenerator: [{ name: made, literals: [a=b] }]\n',
        'settings.yaml': settings('red'),
      })

      expect(await kubectl('apply -k', directory)).toMatch(/^configmap\/dev-made-\w{10} created\nconfigmap\/dev-settings created\n$/)
      expect(await kubectl('delete -k', directory)).toMatch(/^configmap "dev-made-\w{10}" deleted.*\nconfigmap "dev-settings" deleted.*\n$/)
    })

    it('edits in an editor', async () => {
      const kubectl = await open('edit')
      await kubectl.apply(settings('red'))

      expect(await kubectl.with({ env: { EDITOR: 'sed -i s/red/violet/' } })('edit configmap settings')).toBe('configmap/settings edited\n')
      expect(await kubectl.value('configmap settings', '.data.color')).toBe('violet')
      expect((await kubectl.with({ env: { EDITOR: 'true' } }).try('edit configmap settings')).stderr).toContain(
        'Edit cancelled, no changes made.',
      )
    })

    it('replaces, also by force, but not what somebody else has changed', async () => {
      const kubectl = await open('replace')
      await kubectl.apply(settings('red'))
      const before = await kubectl('get configmap settings -o yaml')

      expect(await kubectl.with({ input: before.replace('color: red', 'color: blue') })('replace -f -')).toBe(
        'configmap/settings replaced\n',
      )
      expect(await kubectl.with({ input: before }).fails('replace -f -')).toBe(
        'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
      )
      const uid = await kubectl.value('configmap settings', '.metadata.uid')
      expect(await kubectl.with({ input: settings('green') })('replace --force -f -')).toMatch(
        /configmap "settings" deleted.*\nconfigmap\/settings replaced\n/,
      )
      expect(await kubectl.value('configmap settings', '.metadata.uid')).not.toBe(uid)
    })

    it('patches in four ways', async () => {
      const kubectl = await open('patch')
      await kubectl.apply(deployment('web'))
      const env = (): Promise<string> => kubectl.value('deployment web', '.spec.template.spec.containers[0].env')

      await kubectl(
        'patch deployment web -p',
        '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"B","value":"two"}]}]}}}}',
      )
      expect(JSON.parse(await env())).toEqual([
        { name: 'B', value: 'two' },
        { name: 'A', value: 'one' },
      ])
      await kubectl('patch deployment web --type=merge -p', '{"metadata":{"labels":{"tier":"front"}},"spec":{"paused":true}}')
      await kubectl(
        'patch deployment web --type=json -p',
        '[{"op":"test","path":"/spec/paused","value":true},{"op":"remove","path":"/spec/paused"}]',
      )
      expect(
        (await kubectl.value('deployment web', '.metadata.labels.tier')) + (await kubectl.value('deployment web', '.spec.paused')),
      ).toBe('front')
      await kubectl('patch deployment web --subresource=scale --type=merge -p', '{"spec":{"replicas":3}}')
      expect(await kubectl.value('deployment web', '.spec.replicas')).toBe('3')
      // A status that is written in between is a change, for kubectl.
      await kubectl('rollout status deployment web --timeout=30s')
      expect(await kubectl('patch deployment web -p', '{"spec":{"replicas":3}}')).toBe('deployment.apps/web patched (no change)\n')
      expect(await kubectl.fails('patch deployment web --type=json -p', '[{"op":"test","path":"/spec/replicas","value":9}]')).toContain(
        'The request is invalid',
      )
      expect(await kubectl.fails('patch deployment web -p', '{"spec":{"replicas":-1}}')).toBe(
        'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      )
      expect(await kubectl.fails('patch deployment web -p', '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}')).toMatch(
        /^The Deployment "web" is invalid: \n\* spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`\n\* spec\.selector: Invalid value: .*: field is immutable$/,
      )
    })

    it('writes status only through the status subresource', async () => {
      const kubectl = await open('status')
      await kubectl('create service clusterip edge --tcp=80')
      const status =
        '{"status":{"conditions":[{"type":"Tested","status":"True","reason":"ByHand","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}'

      expect(await kubectl('patch service edge --type=merge -p', status)).toBe('service/edge patched (no change)\n')
      expect(await kubectl('patch service edge --subresource=status --type=merge -p', status)).toBe('service/edge patched\n')
      expect(await kubectl.value('service edge', '.status.conditions[0].type')).toBe('Tested')
    })

    it('labels and annotates', async () => {
      const kubectl = await open('label')
      await kubectl.apply(settings('red'))

      expect(await kubectl('label configmap settings tier=front')).toBe('configmap/settings labeled\n')
      expect(await kubectl.fails('label configmap settings tier=back')).toBe(
        "error: 'tier' already has a value (front), and --overwrite is false",
      )
      expect(await kubectl('label configmap settings tier=back --overwrite')).toBe('configmap/settings labeled\n')
      expect(await kubectl('label configmap settings tier-')).toBe('configmap/settings unlabeled\n')
      expect(await kubectl('annotate configmap --all note=here')).toBe(
        'configmap/kube-root-ca.crt annotated\nconfigmap/settings annotated\n',
      )
      expect(await kubectl.fails('label configmap settings', 'bad!=1')).toMatch(
        /The ConfigMap "settings" is invalid: metadata.labels: Invalid value: "bad!": name part must consist of/,
      )
      expect(await kubectl.fails('label configmap settings', `long=${'x'.repeat(64)}`)).toContain('must be no more than 63')
    })
  })

  describe.skipIf(!findKubectl(version)).concurrent('by deleting', () => {
    const open = (purpose: string): Promise<Kubectl> => openKubectl(plimsoll, version, `${purpose}-${name}`)

    it('deletes by name, by file, by label, all, and says what is not there', async () => {
      const kubectl = await open('delete')
      for (const each of ['a', 'b', 'c', 'd'])
        await kubectl.apply(settings('red').replace('name: settings', `name: ${each}, labels: { is: ${each} }`))

      expect(await kubectl('delete configmap a')).toMatch(/^configmap "a" deleted/)
      expect(await kubectl('delete configmap -l is=b')).toMatch(/^configmap "b" deleted/)
      expect(await kubectl.with({ input: settings('red').replace('settings', 'c') })('delete -f -')).toMatch(/^configmap "c" deleted/)
      expect(await kubectl.fails('delete configmap a')).toBe('Error from server (NotFound): configmaps "a" not found')
      expect(await kubectl('delete configmap a --ignore-not-found')).toBe('')
      expect(await kubectl('delete configmap --all --dry-run=server')).toContain('configmap "d" deleted')
      expect(await kubectl('delete configmap --all')).toContain('configmap "d" deleted')
    })

    it('takes along what belongs to it: in the background, in the foreground, or not at all', async () => {
      const kubectl = await open('cascade')
      for (const each of ['orphan', 'foreground', 'background']) await kubectl.apply(deployment(each))
      const left = async (app: string): Promise<string[]> =>
        (await kubectl(`get replicaset,pod -o name -l app=${app}`)).split('\n').filter(Boolean)
      await kubectl('wait deployment --all --for=condition=Available --timeout=30s')

      await kubectl('delete deployment orphan --cascade=orphan')
      await kubectl('delete deployment foreground --cascade=foreground')
      await kubectl('delete deployment background')

      expect(await left('foreground')).toEqual([])
      expect(await left('orphan')).toHaveLength(3)
      expect(await kubectl.value('replicaset -l app=orphan', '.items[0].metadata.ownerReferences')).toBe('')
      await eventually('the rest is collected', async () => (await left('background')).length === 0)
    })

    it('waits for the end of a pod, or does not', async () => {
      const kubectl = await open('grace')
      await kubectl(
        'run stubborn --image=a --restart=Never --command --',
        'sh',
        '-c',
        'trap "" TERM; echo ready; while :; do sleep 0.1; done',
      )
      await eventually('it ignores signals', async () => (await kubectl('logs stubborn --ignore-errors')).includes('ready'))
      const pid = Number(await kubectl('exec stubborn --', 'sh', '-c', 'echo $PPID'))
      expect(pid).toBeGreaterThan(0)

      await kubectl('delete pod stubborn --wait=false --grace-period=60')
      expect(tableOf(await kubectl('get pod stubborn'))[0]).toMatchObject({ STATUS: 'Terminating' })
      const forced = await kubectl.try('delete pod stubborn --force --grace-period=0')

      expect(forced.stderr).toContain('Warning: Immediate deletion does not wait for confirmation')
      expect(forced.stdout).toMatch(/^pod "stubborn" force deleted/)
      expect(await kubectl.fails('get pod stubborn')).toContain('not found')
    })

    it('is held up by a finalizer until that is gone', async () => {
      const kubectl = await open('finalizer')
      await kubectl.apply(settings('red').replace('name: settings', 'name: settings, finalizers: [example.com/hold]'))

      await kubectl('delete configmap settings --wait=false')
      expect(await kubectl.value('configmap settings', '.metadata.deletionTimestamp')).toMatch(/^\d{4}-/)
      expect(await kubectl.fails('delete configmap settings --timeout=1s')).toContain(
        'timed out waiting for the condition on configmaps/settings',
      )
      expect(
        await kubectl.fails(
          'patch configmap settings --type=json -p',
          '[{"op":"add","path":"/metadata/finalizers/-","value":"example.com/more"}]',
        ),
      ).toContain(
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
      )
      await kubectl('patch configmap settings --type=merge -p', '{"metadata":{"finalizers":null}}')
      expect(await kubectl.fails('get configmap settings')).toContain('not found')
    })

    it('of a namespace says what it waits for', async () => {
      const kubectl = await open('stuck')
      await kubectl.apply(settings('red').replace('name: settings', 'name: settings, finalizers: [example.com/hold]'))
      await kubectl.apply(deployment('web'))

      await kubectl(`delete namespace ${kubectl.namespace} --wait=false`)
      const described = await eventually('only the held object is left', async () => {
        const text = await kubectl(`describe namespace ${kubectl.namespace}`)
        return /SomeResourcesRemain +Some resources are remaining: configmaps has 1 resource instances$/m.test(text) && text
      })

      expect(described).toMatch(/^Status: +Terminating$/m)
      expect(described).toMatch(
        /NamespaceFinalizersRemaining +True .* SomeFinalizersRemain +Some content in the namespace has finalizers remaining: example\.com\/hold in 1 resource instances/,
      )
      expect(await kubectl.fails('create configmap late')).toBe(
        `error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace ${kubectl.namespace} because it is being terminated`,
      )
      await kubectl('patch configmap settings --type=merge -p', '{"metadata":{"finalizers":null}}')
      await kubectl(`wait namespace/${kubectl.namespace} --for=delete --timeout=20s`)
    })

    it('spares the namespaces that a cluster needs', async () => {
      const kubectl = await openKubectl(plimsoll, version, 'default')

      expect(await kubectl.fails('delete namespace kube-system')).toContain(
        'Error from server (Forbidden): namespaces "kube-system" is forbidden: this namespace may not be deleted',
      )
    })
  })

  describe.skipIf(!findKubectl(version)).concurrent('of a workload that runs', () => {
    const open = (purpose: string): Promise<Kubectl> => openKubectl(plimsoll, version, `${purpose}-${name}`)

    it('scales, if it is what was expected', async () => {
      const kubectl = await open('scale')
      await kubectl.apply(deployment('web'))

      expect(await kubectl('scale deployment web --replicas=3 --current-replicas=2')).toBe('deployment.apps/web scaled\n')
      expect(await kubectl.fails('scale deployment web --replicas=1 --current-replicas=2')).toBe('error: Expected replicas to be 2, was 3')
      expect(await kubectl('scale deployment/web --replicas=0 --timeout=20s')).toBe('deployment.apps/web scaled\n')
      await eventually('no pod is left', async () => (await kubectl('get pods -o name')) === '')
    })

    it('sets image, environment, resources, service account and selector', async () => {
      const kubectl = await open('set')
      await kubectl.apply(deployment('web'))
      await kubectl('create service clusterip web --tcp=80')

      expect(await kubectl('set image deployment/web main=app:2')).toBe('deployment.apps/web image updated\n')
      expect(await kubectl('set env deployment/web B=two A-')).toBe('deployment.apps/web env updated\n')
      expect(await kubectl('set env deployment/web --list')).toBe('# Deployment web, container main\nB=two\n')
      expect(await kubectl('set resources deployment web --limits=cpu=1,memory=64Mi')).toBe(
        'deployment.apps/web resource requirements updated\n',
      )
      expect(await kubectl('set serviceaccount deployment web robot')).toBe('deployment.apps/web serviceaccount updated\n')
      expect(await kubectl('set selector service web app=other')).toBe('service/web selector updated\n')
      expect(JSON.parse(await kubectl.value('deployment web', '.spec.template.spec.containers[0].resources'))).toEqual({
        limits: { cpu: '1', memory: '64Mi' },
      })
      expect(await kubectl.fails('set image deployment/web nobody=app:2')).toContain('error: unable to find container named "nobody"')
    })

    it('exposes and autoscales', async () => {
      const kubectl = await open('expose')
      await kubectl('create deployment web --image=web:1 --port=8080')

      expect(await kubectl('expose deployment web --port=80 --target-port=8080')).toBe('service/web exposed\n')
      expect(tableOf(await kubectl('get service web -o wide'))[0]).toMatchObject({ 'PORT(S)': '80/TCP', SELECTOR: 'app=web' })
      expect(await kubectl('autoscale deployment web --min=1 --max=3')).toBe('horizontalpodautoscaler.autoscaling/web autoscaled\n')
      expect(await kubectl.fails('expose deployment nobody --port=80')).toContain('deployments.apps "nobody" not found')
    })

    it('rolls out, looks back, goes back, pauses and restarts', async () => {
      const kubectl = await open('rollout')
      await kubectl.apply(deployment('web'))
      expect(await kubectl('rollout status deployment/web --timeout=30s')).toMatch(/deployment "web" successfully rolled out\n$/)

      await kubectl('set image deployment/web main=app:2')
      await kubectl('annotate deployment/web', 'kubernetes.io/change-cause=second image')
      await kubectl('rollout status deployment/web --timeout=30s')
      await kubectl('set image deployment/web main=app:3')
      await kubectl('annotate deployment/web --overwrite', 'kubernetes.io/change-cause=third image')
      await kubectl('rollout status deployment/web --timeout=30s')
      const history = await eventually('the history has caught up', async () => {
        const text = await kubectl('rollout history deployment/web')
        return text.includes('third') && text
      })
      expect(history).toBe(
        'deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         second image\n3         third image\n\n',
      )
      expect(await kubectl('rollout history deployment/web --revision=2')).toMatch(
        /^deployment.apps\/web with revision #2\nPod Template:[\s\S]*Image:\tapp:2/,
      )

      expect(await kubectl('rollout undo deployment/web --to-revision=1')).toBe('deployment.apps/web rolled back\n')
      await kubectl('rollout status deployment/web --timeout=30s')
      expect(await kubectl.value('deployment web', '.spec.template.spec.containers[0].image')).toBe('app:1')
      expect(await kubectl('rollout undo deployment/web')).toBe('deployment.apps/web rolled back\n')
      await kubectl('rollout status deployment/web --timeout=30s')
      expect(await kubectl.value('deployment web', '.spec.template.spec.containers[0].image')).toBe('app:3')
      expect(await kubectl.fails('rollout undo deployment/web --to-revision=99')).toBe(
        'error: unable to find specified revision 99 in history',
      )

      expect(await kubectl('rollout pause deployment/web')).toBe('deployment.apps/web paused\n')
      await kubectl('set image deployment/web main=app:4')
      expect(await kubectl.fails('rollout undo deployment/web')).toContain('you cannot rollback a paused deployment')
      expect(await kubectl('get pods -o', 'jsonpath={.items[*].spec.containers[0].image}')).not.toContain('app:4')
      expect(await kubectl('rollout resume deployment/web')).toBe('deployment.apps/web resumed\n')
      expect(await kubectl('rollout restart deployment/web')).toBe('deployment.apps/web restarted\n')
      await kubectl('rollout status deployment/web --timeout=30s')
      expect(await kubectl.value('deployment web', '.spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt')).toMatch(
        /^\d{4}-/,
      )
    })

    it('reports a rollout that does not get on', async () => {
      const kubectl = await open('stalled')
      await kubectl.apply(
        deployment('web')
          .replace('replicas: 2', 'replicas: 1\n  progressDeadlineSeconds: 1')
          .replace('[{ name: A, value: one }]', '[{ name: A, valueFrom: { configMapKeyRef: { name: none, key: k } } }]'),
      )

      const result = await kubectl.try('rollout status deployment/web --timeout=30s')

      expect(result.code).toBe(1)
      expect(result.stderr.trim()).toBe('error: deployment "web" exceeded its progress deadline')
      expect(await kubectl('describe deployment web')).toMatch(/Progressing +False +ProgressDeadlineExceeded/)
    })
  })
})

/** The certificate of the cluster is its own; that it is the right one is tried elsewhere. */
async function askWith(url: string, token: string): Promise<Response> {
  const { request } = await import('node:https')
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', rejectUnauthorized: false, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500 })))
      },
    )
    asked.on('error', reject)
    asked.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}')
  })
}
