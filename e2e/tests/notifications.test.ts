import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'
import { type HttpSink, type MailSink, type Received, startHttpSink, startMailSink } from '../harness/sinks.ts'

const kubectl = findKubectl('1.34')
const token = 'xoxb-canary-8d1f7c'
const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-notifications-'))
let plimsoll: Plimsoll
let web: HttpSink
let mail: MailSink

interface Seen {
  metadata: { annotations?: Record<string, string> }
  status: { conditions?: { type: string; message: string }[]; sync: { status: string } }
}

async function apply(yaml: string): Promise<void> {
  const file = join(scratch, 'applied.yaml')
  writeFileSync(file, yaml)
  await mustRun(kubectl ?? '', ['--kubeconfig', plimsoll.kubeconfig, 'apply', '-f', file])
}

const settings = (more = ''): string => `
apiVersion: v1
kind: Secret
metadata: { name: argocd-notifications-secret, namespace: argocd }
stringData: { slack-token: ${token}, hook-password: pa55-canary }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-notifications-cm, namespace: argocd }
data:
  context: "region: east"
  service.slack: |
    token: $slack-token
    apiURL: ${web.url}/slack/
  service.webhook.hook: |
    url: ${web.url}/hook
    headers: [{ name: Content-Type, value: application/json }]
    basicAuth: { username: bot, password: $hook-password }
    retryMax: 0
  service.webhook.broken: |
    url: ${web.url}/broken
  service.email: |
    host: 127.0.0.1
    port: ${mail.port}
    from: plimsoll@example.com
  template.deployed: |
    message: "{{ .app.metadata.name }} in {{ .context.region }}: {{ (call .repo.GetCommitMetadata .app.status.sync.revision).Message }}"
    email: { subject: "News of {{ .app.metadata.name }}" }
    slack:
      attachments: '[{ "title": {{ .app.metadata.name | toJson }} }]'
    webhook:
      hook: { method: POST, path: "/of/{{ .app.metadata.name }}", body: '{ "revision": "{{ .app.status.sync.revision }}" }' }
      broken: { method: POST, body: '{{ .app.metadata.name | nosuch }}' }
  trigger.on-news: |
    - when: app.status?.operationState?.phase in ['Succeeded'] and app.status.health.status == 'Healthy'
      oncePer: app.status.sync.revision
      send: [deployed]
${more}`

const configMapYaml = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: "1" }\n`

async function create(name: string, annotations: Record<string, string>): Promise<void> {
  const manifest = applicationManifest(plimsoll, name) as { metadata: Record<string, unknown> }
  manifest.metadata.annotations = annotations
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

const of = (path: string): Received[] => web.received.filter((one) => one.path.startsWith(path))
const see = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=normal`)
const news = (service: string): string => `notifications.argoproj.io/subscribe.on-news.${service}`

describe.skipIf(kubectl === undefined)(`notifications${kubectl === undefined ? ` (${kubectlMissing})` : ''}`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    web = await startHttpSink()
    mail = await startMailSink()
    plimsoll = await startPlimsoll({ args: ['--allow-git-host', '127.0.0.1'] })
    await apply(settings())
  }, 60_000)
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true })
    await plimsoll?.stop()
    await web?.close()
    await mail?.close()
  })

  it('tell each destination once, and again with the next revision only', async () => {
    const first = await plimsoll.push('shop', { 'a.yaml': configMapYaml('a') }, 'Begin the shop')
    await create('shop', { [news('slack')]: 'team-a; team-b', [news('hook')]: '', [news('email')]: 'ops@example.com' })
    await untilSynced(plimsoll, 'shop', { revision: first })
    await eventually('everybody is told', async () => of('/slack').length >= 2 && of('/hook').length >= 1 && mail.mails.length >= 1)

    expect(
      of('/slack').map(({ path, headers, body }) => ({ path, token: headers.authorization, body: JSON.parse(body) as unknown })),
    ).toEqual(
      ['team-a', 'team-b'].map((channel) => ({
        path: '/slack/chat.postMessage',
        token: `Bearer ${token}`,
        body: { channel, text: 'shop in east: Begin the shop', attachments: [{ title: 'shop' }] },
      })),
    )
    expect(of('/hook')).toMatchObject([
      {
        method: 'POST',
        path: '/hook/of/shop',
        body: `{ "revision": "${first}" }`,
        headers: { authorization: `Basic ${Buffer.from('bot:pa55-canary').toString('base64')}`, 'content-type': 'application/json' },
      },
    ])
    expect(mail.mails).toMatchObject([{ from: 'plimsoll@example.com', to: ['ops@example.com'] }])
    expect(mail.mails[0]?.text).toContain('Subject: News of shop')

    const second = await plimsoll.push('shop', { 'a.yaml': configMapYaml('b') }, 'Go on')
    await untilSynced(plimsoll, 'shop', { revision: second })
    await eventually(
      'everybody is told of the second',
      async () => of('/slack').length >= 4 && of('/hook').length >= 2 && mail.mails.length >= 2,
    )
    await see('shop')

    const { metadata } = await see('shop')
    expect([of('/slack').length, of('/hook').length, mail.mails.length]).toEqual([4, 2, 2])
    expect(Object.keys(JSON.parse(metadata.annotations?.['notified.notifications.argoproj.io'] ?? '{}') as object)).toHaveLength(8)
  })

  it('tell of Applications of other namespaces that are enabled, by their own names', async () => {
    await apply(`
{ apiVersion: v1, kind: Namespace, metadata: { name: team-a } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cmd-params-cm, namespace: argocd }, data: { application.namespaces: team-a } }`)
    await plimsoll.cli(['proj', 'add-source-namespace', 'default', 'team-a'])
    await plimsoll.push('theirs', { 'a.yaml': configMapYaml('t') })
    for (const namespace of ['team-a', 'team-b']) {
      const manifest = applicationManifest(plimsoll, 'theirs', { namespace: `theirs-${namespace}` })
      const metadata = { name: 'theirs', namespace, annotations: { [news('hook')]: '' } }
      await apply(
        `{ apiVersion: v1, kind: Namespace, metadata: { name: ${namespace} } }\n---\n${JSON.stringify({ ...manifest, metadata })}`,
      )
    }
    await eventually('it is told', async () => of('/hook/of/theirs').length > 0)

    const ran = await plimsoll.api('POST', '/api/v1/notifications/triggers/on-news/run', { application: 'theirs', appNamespace: 'team-a' })
    expect(ran).toMatchObject({ conditions: [{ triggered: true }] })
    await expect(
      plimsoll.api('POST', '/api/v1/notifications/triggers/on-news/run', { application: 'theirs', appNamespace: 'team-b' }),
    ).rejects.toThrow('answered 404')
    const { code, stdout } = await plimsoll.cli(['admin', 'notifications', 'trigger', 'run', 'on-news', 'team-a/theirs'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Succeeded')])
    const { metadata } = await plimsoll.api<Seen>('GET', '/api/v1/applications/theirs?appNamespace=team-a')
    expect(Object.keys(JSON.parse(metadata.annotations?.['notified.notifications.argoproj.io'] ?? '{}') as object)).toHaveLength(1)
    expect(of('/hook/of/theirs')).toHaveLength(1)
  })

  it('tell nobody a second time after a restart', async () => {
    const before = web.received.length
    await plimsoll.kill()
    await plimsoll.restart()
    await see('shop')
    await plimsoll.push('witness', { 'a.yaml': configMapYaml('w') })
    await create('witness', { [news('hook')]: '' })
    await eventually('a later one is told', async () => of('/hook/of/witness').length > 0)

    expect(web.received.length).toBe(before + 1)
    expect(mail.mails).toHaveLength(2)
  })

  it('killed while one is under way send it once more, under the same id, and never a third time', async () => {
    const { answer } = web
    web.answer = (request) => (request.path === '/hook/of/cut' ? undefined : answer(request))
    await plimsoll.push('cut', { 'a.yaml': configMapYaml('c') })
    await create('cut', { [news('hook')]: '' })
    for (const count of [1, 2]) {
      await eventually(`it has come ${count} times`, async () => of('/hook/of/cut').length === count)
      await plimsoll.kill()
      await plimsoll.restart()
    }
    web.answer = answer
    await see('cut')
    await plimsoll.push('after', { 'a.yaml': configMapYaml('d') })
    await create('after', { [news('hook')]: '' })
    await eventually('a later one is told', async () => of('/hook/of/after').length > 0)

    const keys = of('/hook/of/cut').map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })

  it('with a template that is broken say so on the application, and tell the others', async () => {
    await plimsoll.push('half', { 'a.yaml': configMapYaml('e') })
    await create('half', {
      [news('broken')]: '',
      [news('slack')]: 'team-h',
      [news('nowhere')]: 'x',
      'notifications.argoproj.io/subscribe.no-such.slack': 'x',
    })
    await eventually('the others are told', async () => of('/slack').some(({ body }) => body.includes('team-h')))
    // What is wrong with a subscription is known before there is anything to tell.
    for (const words of ['function "nosuch" not defined', "there is no service 'nowhere'", "trigger 'no-such'"])
      await eventually(`it says: ${words}`, async () => {
        const { conditions = [] } = (await see('half')).status
        return conditions.some(({ type, message }) => type === 'NotificationWarning' && message.includes(words))
      })
    expect((await see('half')).status.sync.status).toBe('Synced')
    expect(of('/broken')).toEqual([])

    await apply(settings(`  template.mended: "message: mended"\n`).replace('| nosuch', ''))
    await eventually('it is told once the template is mended', async () => of('/broken').length === 1)
    await eventually('nothing is said of the template', async () => {
      const { conditions = [] } = (await see('half')).status
      return !conditions.some(({ message: text }) => text.includes('nosuch'))
    })
  })

  it('try again what a service refuses, and never show its secret', async () => {
    const { answer } = web
    web.answer = () => ({ status: 500, body: { ok: false, error: `no ${token} here` } })
    await plimsoll.push('late', { 'a.yaml': configMapYaml('f') })
    await create('late', { [news('slack')]: 'team-late' })
    const message = await eventually('it says what is wrong', async () => {
      const { conditions = [] } = (await see('late')).status
      return conditions.find(({ type }) => type === 'NotificationWarning')?.message
    })
    web.answer = answer
    await eventually('it is told at last, and nothing is wrong any more', async () => {
      const { conditions = [] } = (await see('late')).status
      return conditions.length === 0
    })

    expect(message).toContain('Slack answers 500')
    expect(message).not.toContain(token)
    expect(plimsoll.output()).not.toContain(token)
    expect(JSON.stringify(await plimsoll.api('GET', '/api/v1/notifications/templates/deployed'))).not.toContain(token)
  })

  it('are for whole projects, too, and by the triggers of the catalog', async () => {
    await apply(`
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: crew
  namespace: argocd
  annotations: { notifications.argoproj.io/subscribe.on-sync-succeeded.slack: crew-room }
spec:
  sourceRepos: ['*']
  destinations: [{ server: '*', namespace: '*' }]
  clusterResourceWhitelist: [{ group: '*', kind: '*' }]
`)
    await plimsoll.push('rower', { 'a.yaml': configMapYaml('g') })
    const manifest = applicationManifest(plimsoll, 'rower') as { spec: Record<string, unknown> }
    manifest.spec.project = 'crew'
    await plimsoll.api('POST', '/api/v1/applications', manifest)
    const told = await eventually('the project is told', async () => of('/slack').find(({ body }) => body.includes('crew-room')))

    expect(JSON.parse(told.body)).toMatchObject({
      channel: 'crew-room',
      text: `rower has been synced.\n${plimsoll.url}/applications/rower\n`,
    })
  })

  it('can be tried out from the command line', async () => {
    const run = await plimsoll.cli(['admin', 'notifications', 'trigger', 'run', 'on-news', 'shop'])
    const shown = await plimsoll.cli(['admin', 'notifications', 'template', 'notify', 'deployed', 'shop'])
    const sent = await plimsoll.cli([
      'admin',
      'notifications',
      'template',
      'notify',
      'app-deployed',
      'shop',
      '--recipient',
      'slack:by-hand',
    ])
    const triggers = await plimsoll.cli(['admin', 'notifications', 'trigger', 'get', '-o', 'name'])
    const templates = await plimsoll.cli(['admin', 'notifications', 'template', 'get'])

    expect(run.stdout).toMatch(/^CONDITION +RESULT\n.* true\n$/)
    expect(shown.stdout).toContain('message: "shop in east: Go on"')
    expect(sent.stdout).toBe('Sent to slack:by-hand\n')
    expect(JSON.parse(of('/slack').find(({ body }) => body.includes('by-hand'))?.body ?? '{}')).toMatchObject({
      channel: 'by-hand',
      attachments: [{ title: 'shop' }],
    })
    expect(triggers.stdout.split('\n')).toEqual(expect.arrayContaining(['on-deployed', 'on-news', 'on-sync-failed']))
    expect(templates.stdout).toContain('app-sync-running')
    expect(await plimsoll.api('GET', '/api/v1/notifications/services')).toEqual({
      items: [{ name: 'broken' }, { name: 'email' }, { name: 'hook' }, { name: 'slack' }],
    })
  })
})
