#!/usr/bin/env node
/**
 * The REST API as the console needs it, without a cluster: for work on the console and for its browser tests. It serves `dist` as well,
 * with the content security policy of the real server.
 *
 *   node dev/mock-server.mjs [--port 7421] [--apps 40] [--scenario full|empty|slow|failing|refused] [--lively]
 *
 * User `admin`, password `mock`. Prints one line of JSON, {"url"}, when it is ready.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { ago, commits, curated, generated, nextVersion } from './mock-fleet.mjs'
import { createMockFleet } from './mock-fleet-routes.mjs'
import { eventsOf, logLine, managedOf, manifestOf, treeOf } from './mock-objects.mjs'
import { answerPulls } from './mock-pull-routes.mjs'
import { answerRuns, identityOf } from './mock-run-routes.mjs'
import { renderedManifestsOf, renderingOf } from './mock-rendering.mjs'

const options = readOptions(process.argv.slice(2))
const apps = new Map()
if (options.scenario !== 'empty') {
  const own = curated()
  for (const app of [...own, ...generated(Math.max(0, options.apps - own.length))]) apps.set(app.metadata.name, app)
}
const watchers = new Set()
const treeWatchers = new Map()
const clusterNames = ['prod-eu-1', 'prod-us-1', 'staging-eu-1', 'ml-batch-1']
const addressOf = (name) => `https://${name}.example:6443`
const fleet = createMockFleet(apps, watchers, (server) =>
  server === 'https://kubernetes.default.svc' ? 'in-cluster' : clusterNames.find((name) => addressOf(name) === server),
)
const audit = []
let nextAudit = 1
record('session.create', 'sessions/admin')
for (let index = 0; index < 60; index += 1)
  record(
    index % 7 === 3 ? 'application.delete' : 'application.sync',
    `applications/argocd/${[...apps.keys()][index % Math.max(1, apps.size)] ?? 'demo'}`,
    index % 7 === 3 ? 'denied' : 'allowed',
    Date.now() - index * 731_000,
  )
audit.sort((a, b) => b.at - a.at)
for (const [index, one] of audit.entries()) one.id = audit.length - index
nextAudit = audit.length + 1

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error)
    if (!response.headersSent) fail(response, 500, 'internal', String(error), 'Try again.')
    else response.end()
  })
})
server.listen(options.port, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })))
process.on('SIGTERM', () => process.exit(0))

if (options.lively) setInterval(stir, 1_500)

async function handle(request, response) {
  const url = new URL(request.url, 'http://mock')
  const path = url.pathname
  if (!path.startsWith('/api/')) return serveFile(path, response)
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  const body = await readBody(request)
  const isSignedIn = /(?:^|; )argocd\.token=mock/.test(request.headers.cookie ?? '')

  if (path === '/api/version') return json(response, { Version: 'v0.1.0+mock', BuildDate: ago(86_400_000), Platform: 'linux/amd64' })
  if (path === '/api/v1/session' && request.method === 'POST') {
    if (body.username === 'admin' && body.password === 'mock') {
      response.setHeader('set-cookie', 'argocd.token=mock; Path=/; HttpOnly; SameSite=Strict')
      return json(response, { token: 'mock' })
    }
    return fail(response, 401, 'sign-in-refused', 'User name or password is wrong', 'Check user name and password.')
  }
  if (path === '/api/v1/session/userinfo') return json(response, isSignedIn ? identityOf() : { loggedIn: false })
  if (!isSignedIn) return fail(response, 401, 'unauthenticated', 'Nobody is signed in', 'Sign in again.')
  if (path === '/api/v1/session' && request.method === 'DELETE') {
    response.setHeader('set-cookie', 'argocd.token=; Path=/; HttpOnly; Max-Age=0')
    return json(response, {})
  }
  if (options.scenario === 'failing')
    return fail(
      response,
      503,
      'cluster-unreachable',
      'The cluster https://kubernetes.default.svc does not answer',
      'Check that the cluster runs and that the kubeconfig is still valid.',
    )
  if (options.scenario === 'refused' && /\/(applications|fleet)/.test(path))
    return fail(response, 403, 'permission-denied', 'You may not list applications', 'Ask for `applications, get`.')
  if (
    options.scenario === 'slow' &&
    (/^\/api\/v1\/(applications$|fleet|stream\/fleet)/.test(path) ||
      /\/(resource-tree|managed-resources|resource|events|rendering|manifests)$/.test(path) ||
      path.startsWith('/api/v1/repositories') ||
      path.startsWith('/api/v1/gates') ||
      /^\/api\/v1\/(runs|deliveries|deployments|jobs|account)/.test(path))
  )
    await new Promise((resolve) => setTimeout(resolve, 4_000))

  if (path === '/api/v1/settings')
    return json(response, {
      url: 'http://127.0.0.1:7420',
      gitUrl: 'http://127.0.0.1:7420/git/',
      kubeconfig: '/home/you/.plimsoll/kubeconfig',
      gatewayUrl: 'http://NAME.NAMESPACE.localhost:7422',
      dataDir: '/home/you/.plimsoll',
      demo: options.scenario === 'demo',
    })
  if (path === '/api/v1/clusters') {
    const clusters = clusterNames.map((name) => ({
      name,
      server: addressOf(name),
      serverVersion: '1.34',
      connectionState: { status: 'Successful', message: '' },
    }))
    return json(response, {
      items: [
        {
          name: 'in-cluster',
          server: 'https://kubernetes.default.svc',
          serverVersion: '1.34',
          connectionState: { status: 'Successful', message: '' },
        },
        ...clusters,
      ],
    })
  }
  if (path === '/api/v1/audit') {
    const before = url.searchParams.get('before')
    return json(response, {
      items: audit.filter((one) => !before || one.id < Number(before)).slice(0, Number(url.searchParams.get('limit') ?? 50)),
    })
  }
  if (fleet.answer({ path, url, request, response }, { json })) return
  if (parts[2] === 'stream' && parts[5] === 'resource-tree') {
    const app = apps.get(parts[4])
    if (!app) return fail(response, 404, 'not-found', `There is no application ${parts[4]}`, 'Check the name and the namespace.')
    const send = openStream(request, response)
    const watcher = () => send({ result: treeOf(apps.get(parts[4]) ?? app) })
    watcher()
    const set = treeWatchers.get(parts[4]) ?? new Set()
    treeWatchers.set(parts[4], set.add(watcher))
    request.on('close', () => set.delete(watcher))
    return
  }
  if (path === '/api/v1/applications') {
    if (request.method === 'POST') return create(body, url, response)
    return json(response, { metadata: { resourceVersion: '1' }, items: [...apps.values()] })
  }
  if (answerRuns({ parts, request, url, body, response, scenario: options.scenario }, { json, fail, openStream })) return
  if (answerPulls({ parts, request, url, body, response, scenario: options.scenario }, { json, fail, openStream })) return
  if (parts[2] === 'applications') return one(parts[3], parts.slice(4), request, url, body, response)
  return fail(response, 404, 'not-found', `There is nothing at ${path}`, 'Check the name.')
}

function one(name, rest, request, url, body, response) {
  const app = apps.get(name)
  if (!app) return fail(response, 404, 'not-found', `There is no application ${name}`, 'Check the name and the namespace.')
  const what = rest.join('/')
  if (what === '' && request.method === 'GET') {
    if (url.searchParams.get('refresh')) change(app, (next) => (next.status.reconciledAt = new Date().toISOString()))
    return json(response, apps.get(name))
  }
  if (what === '' && request.method === 'DELETE') {
    record('application.delete', `applications/argocd/${name}`)
    change(app, (next) => (next.metadata.deletionTimestamp = new Date().toISOString()))
    setTimeout(() => {
      apps.delete(name)
      tell('DELETED', app)
    }, 1_500)
    return json(response, {})
  }
  if (what === 'sync') return sync(app, body, response)
  if (what === 'rollback') {
    const entry = app.status.history.find((one) => one.id === body.id)
    if (!entry)
      return fail(
        response,
        400,
        'rollback-impossible',
        `The history of ${name} has no entry ${body.id}`,
        'Choose an entry of the history that has a revision.',
      )
    if (!body.dryRun)
      change(
        app,
        (next) =>
          (next.metadata.annotations = {
            ...next.metadata.annotations,
            'plimsoll.dev/automation-hold': JSON.stringify({ since: new Date().toISOString(), by: 'admin', revision: entry.revision }),
          }),
      )
    return sync(apps.get(name), { revision: entry.revision, dryRun: body.dryRun, isRollback: true }, response)
  }
  if (what === 'resume') {
    change(app, (next) => {
      const { 'plimsoll.dev/automation-hold': _, ...others } = next.metadata.annotations
      next.metadata.annotations = others
      next.status.conditions = next.status.conditions.filter((one) => one.type !== 'AutomationHeldWarning')
    })
    return json(response, apps.get(name))
  }
  if (what === 'operation') {
    change(app, (next) => {
      if (next.status.operationState?.phase === 'Running')
        next.status.operationState = { ...next.status.operationState, phase: 'Terminating' }
    })
    return json(response, {})
  }
  if (what === 'rendering' || what === 'manifests') {
    if (name === 'embeddings-staging') return failRender(response)
    return json(response, what === 'rendering' ? renderingOf(app) : renderedManifestsOf(app))
  }
  if (what === 'rotate') {
    record('application.rotate', `applications/argocd/${name}`)
    change(app, (next) => {
      next.metadata.annotations = {
        ...next.metadata.annotations,
        'plimsoll.dev/random-rotation': JSON.stringify({ id: `${nextAudit}`, at: new Date().toISOString() }),
      }
    })
    return json(response, apps.get(name))
  }
  if (what === 'resource-tree') return json(response, treeOf(app))
  if (what === 'managed-resources') return json(response, { items: managedOf(app) })
  if (what === 'resource/actions') {
    const scale = { name: 'scale', iconClass: 'fa fa-fw fa-plus-circle', params: [{ name: 'replicas' }] }
    const actions = [{ name: 'pause' }, { name: 'restart', iconClass: 'fa fa-fw fa-redo' }, { name: 'resume', disabled: true }, scale]
    return json(response, { actions: url.searchParams.get('kind') === 'Deployment' ? actions : [] })
  }
  if (what === 'resource/actions/v2') return json(response, {})
  if (what === 'resource') {
    const wanted = url.searchParams
    const found = [...app.status.resources, ...treeOf(app).nodes].find(
      (one) => one.kind === wanted.get('kind') && one.name === wanted.get('resourceName'),
    )
    if (!found)
      return fail(
        response,
        404,
        'not-found',
        `${wanted.get('kind')} ${wanted.get('resourceName')} is not part of ${name}`,
        'Check the name and the namespace.',
      )
    return json(response, { manifest: JSON.stringify(manifestOf(app, found)) })
  }
  if (what === 'events') return json(response, { items: eventsOf(app, url.searchParams.get('resourceName')) })
  if (what === 'logs') return logs(app, request, url, response)
  if (rest[0] === 'revisions') {
    const found = commits.get(rest[1])
    return found
      ? json(response, found)
      : fail(response, 400, 'revision-not-found', `The repository has no commit ${rest[1]}`, 'Use a commit that the repository has.')
  }
  if (what === 'deployments') {
    const items = app.status.history.toReversed().map((one) => ({
      id: one.id,
      operationId: `${name}-${one.id}`,
      revision: one.revision,
      startedAt: Date.parse(one.deployStartedAt),
      finishedAt: Date.parse(one.deployedAt),
      phase: 'Succeeded',
      message: 'successfully synced',
      initiatedBy: one.initiatedBy?.username ?? '',
      automated: one.initiatedBy?.automated === true,
    }))
    const state = app.status.operationState
    if (state?.phase === 'Failed')
      items.unshift({
        operationId: 'failed',
        revision: state.syncResult.revision,
        startedAt: Date.parse(state.startedAt),
        finishedAt: Date.parse(state.finishedAt),
        phase: 'Failed',
        message: state.message,
        initiatedBy: state.operation.initiatedBy.username ?? '',
        automated: false,
      })
    return json(response, { items: items.slice(0, Number(url.searchParams.get('limit') ?? 20)) })
  }
  return fail(response, 404, 'not-found', `There is nothing at ${what}`, 'Check the name.')
}

/** A sync as it looks from outside: asked for, running with one result after the other, over. */
function sync(app, body, response) {
  const name = app.metadata.name
  if (app.operation || app.status.operationState?.phase === 'Running')
    return fail(response, 400, 'operation-in-progress', `A sync of ${name} is running`, 'Wait for the running operation, or terminate it.')
  record('application.sync', `applications/argocd/${name}`)
  const revision =
    body.revision && /^[0-9a-f]{40}$/.test(body.revision)
      ? body.revision
      : (app.status.history.at(-1)?.revision ?? app.status.sync.revision)
  const chosen = app.status.resources.filter(
    (one) => !body.resources || body.resources.some((wanted) => wanted.kind === one.kind && wanted.name === one.name),
  )
  const operation = { sync: { revision, dryRun: body.dryRun === true, prune: body.prune === true }, initiatedBy: { username: 'admin' } }
  change(app, (next) => (next.operation = operation))
  const results = []
  const startedAt = new Date().toISOString()
  const step = (index) => {
    const current = apps.get(name)
    if (!current) return
    if (current.status.operationState?.phase === 'Terminating') {
      return change(
        current,
        (next) =>
          (next.status.operationState = {
            ...next.status.operationState,
            phase: 'Failed',
            message: 'terminated',
            finishedAt: new Date().toISOString(),
          }),
      )
    }
    const one = chosen[index]
    if (one)
      results.push({
        group: one.group,
        version: one.version,
        kind: one.kind,
        namespace: one.namespace,
        name: one.name,
        status: one.requiresPruning ? (body.prune ? 'Pruned' : 'PruneSkipped') : 'Synced',
        message: `${one.kind.toLowerCase()}/${one.name} ${body.dryRun ? 'configured (dry run)' : 'configured'}`,
        syncPhase: 'Sync',
      })
    const isOver = index >= chosen.length
    change(current, (next) => {
      delete next.operation
      next.status.operationState = {
        operation,
        phase: isOver ? 'Succeeded' : 'Running',
        message: isOver ? 'successfully synced (all tasks run)' : '',
        startedAt,
        ...(isOver && { finishedAt: new Date().toISOString() }),
        syncResult: { revision, resources: [...results] },
      }
      if (!isOver || body.dryRun) return
      const isDone = (one) => chosen.some((other) => other.kind === one.kind && other.name === one.name)
      next.status.resources = next.status.resources
        .filter((one) => !(one.requiresPruning && body.prune && isDone(one)))
        .map((one) =>
          isDone(one) && !one.requiresPruning ? { ...one, status: 'Synced', ...(one.health && { health: { status: 'Healthy' } }) } : one,
        )
      const isSynced = next.status.resources.every((one) => one.status !== 'OutOfSync')
      next.status.sync = {
        ...next.status.sync,
        status: isSynced && !body.isRollback ? 'Synced' : 'OutOfSync',
        revision: next.status.sync.revision || revision,
      }
      next.status.health = {
        status: next.status.resources.some((one) => one.health?.status === 'Degraded') ? 'Degraded' : 'Healthy',
        lastTransitionTime: new Date().toISOString(),
      }
      next.status.conditions = next.status.conditions.filter((one) => !one.type.endsWith('Error'))
      next.status.history = [
        ...next.status.history,
        {
          id: (next.status.history.at(-1)?.id ?? -1) + 1,
          revision,
          deployedAt: new Date().toISOString(),
          deployStartedAt: startedAt,
          source: next.spec.source,
          initiatedBy: { username: 'admin' },
        },
      ]
    })
    if (!isOver) setTimeout(() => step(index + 1), 250)
  }
  setTimeout(() => step(0), 300)
  return json(response, apps.get(name))
}

function create(body, url, response) {
  const name = body?.metadata?.name
  if (!name || !body.spec?.source?.repoURL)
    return fail(response, 400, 'invalid-application', 'spec.source.repoURL is missing', 'Correct the field that the message names.')
  if (apps.has(name) && url.searchParams.get('upsert') !== 'true')
    return fail(response, 409, 'already-exists', `Application ${name} exists already`, 'Choose another name, or change what is there.')
  const app = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    ...body,
    metadata: {
      namespace: 'argocd',
      uid: `app-${name}`,
      creationTimestamp: new Date().toISOString(),
      annotations: {},
      labels: {},
      ...body.metadata,
      resourceVersion: nextVersion(),
    },
    status: {
      sync: { status: 'OutOfSync', revision: commits.keys().next().value },
      health: { status: 'Missing', lastTransitionTime: new Date().toISOString() },
      resources: [
        {
          group: 'apps',
          version: 'v1',
          kind: 'Deployment',
          namespace: body.spec.destination?.namespace,
          name,
          status: 'OutOfSync',
          health: { status: 'Missing' },
        },
      ],
      history: [],
      conditions: [],
      summary: { images: [] },
      sourceType: 'Directory',
    },
  }
  apps.set(name, app)
  record('application.create', `applications/argocd/${name}`)
  tell('ADDED', app)
  return json(response, app)
}

function logs(app, request, url, response) {
  const send = openStream(request, response)
  const pods = treeOf(app).nodes.filter(
    (one) => one.kind === 'Pod' && (!url.searchParams.get('podName') || one.name === url.searchParams.get('podName')),
  )
  const tail = Math.min(Number(url.searchParams.get('tailLines') ?? 200), 5_000)
  let index = 0
  const line = () => {
    const at = new Date(Date.now() - Math.max(0, tail - index) * 900).toISOString()
    send({
      result: {
        content: url.searchParams.get('previous') === 'true' && index === tail - 1 ? '\u001B[31mKilled\u001B[0m' : logLine(index),
        timeStamp: at,
        timeStampStr: at,
        podName: pods[index % Math.max(1, pods.length)]?.name ?? 'pod',
        last: false,
      },
    })
    index += 1
  }
  while (index < tail) line()
  if (url.searchParams.get('follow') !== 'true') {
    send({ result: { content: '', timeStamp: new Date().toISOString(), last: true, podName: '' } })
    return response.end()
  }
  const timer = setInterval(line, 400)
  request.on('close', () => clearInterval(timer))
}

let stirred = 0
function stir() {
  const list = [...apps.values()]
  const app = list[(stirred * 37) % list.length]
  stirred += 1
  if (app)
    change(
      app,
      (next) =>
        (next.status.health = { status: stirred % 5 === 0 ? 'Progressing' : 'Healthy', lastTransitionTime: new Date().toISOString() }),
    )
}

function change(app, edit) {
  const next = structuredClone(app)
  edit(next)
  next.metadata.resourceVersion = nextVersion()
  apps.set(next.metadata.name, next)
  tell('MODIFIED', next)
}

function tell(type, app) {
  for (const watcher of watchers) watcher(type, app)
  for (const watcher of treeWatchers.get(app.metadata.name) ?? []) watcher()
}

function record(action, object, outcome = 'allowed', at = Date.now()) {
  audit.unshift({
    id: nextAudit++,
    at,
    actor: action === 'session.create' ? 'system:sign-in' : 'admin',
    origin: '127.0.0.1',
    action,
    object,
    outcome,
    detail: outcome === 'denied' ? { reason: 'permission-denied' } : {},
  })
}

function openStream(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.write(': open\n\n')
  const beat = setInterval(() => response.write(': \n\n'), 15_000)
  request.on('close', () => clearInterval(beat))
  return (message) => response.write(`data: ${JSON.stringify(message)}\n\n`)
}

function json(response, body) {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function fail(response, status, reason, message, remedy) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: message, message, code: 2, reason, remedy, retryable: status >= 500, requestId: 'mock-1' }))
}

function failRender(response) {
  const at = { file: 'deploy/embeddings-staging/templates/deployment.yaml', line: 18, column: 14 }
  const error = `${at.file}:18:14: executing "embeddings/templates/deployment.yaml" at <.Values.image.tag>: nil pointer evaluating interface {}.tag`
  response.writeHead(400, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      error,
      message: error,
      code: 3,
      reason: 'render-failed',
      remedy: 'Set image.tag in values.yaml or in a value file, and push.',
      retryable: false,
      requestId: 'mock-2',
      at,
    }),
  )
}

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text ? JSON.parse(text) : {}
}

async function serveFile(path, response) {
  const root = process.env.CONSOLE_DIST ?? join(import.meta.dirname, '..', 'dist')
  const wanted = normalize(join(root, path))
  const file = wanted.startsWith(root) && extname(wanted) ? wanted : join(root, 'index.html')
  const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.json': 'application/json',
  }
  try {
    const content = await readFile(file)
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-mock'; img-src 'self' data:; connect-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    })
    response.end(extname(file) === '.html' ? String(content).replace('<head>', '<head><meta name="csp-nonce" content="mock" />') : content)
  } catch {
    response.writeHead(404).end('not built: npx vite build')
  }
}

function readOptions(args) {
  const read = (name, otherwise) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : otherwise)
  return {
    port: Number(read('port', '7421')),
    apps: Number(read('apps', '40')),
    scenario: read('scenario', 'full'),
    lively: args.includes('--lively'),
  }
}
