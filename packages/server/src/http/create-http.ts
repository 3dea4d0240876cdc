import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import { PlimsollError } from '@plimsoll/api'
import type { Log } from '@plimsoll/applications'
import fastify, { type FastifyRequest } from 'fastify'
import { jsonSchemaTransform, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { LoginLimit } from '../auth/login-limit.ts'
import type { OneTimeCodes } from '../auth/one-time-codes.ts'
import { createEnforcer } from '../auth/rbac/enforcer.ts'
import { listsProjectToken } from '../auth/rbac/project-tokens.ts'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'
import type { Parts } from '../options.ts'
import { certificateRoutes } from '../routes/certificates.ts'
import { configuredRepositoryRoutes } from '../routes/configured-repositories.ts'
import { createFleetIndex } from '../fleet/fleet-index.ts'
import { createApplicationFeed } from '../routes/application-feed.ts'
import { applicationRoutes } from '../routes/applications.ts'
import { applicationSetRoutes } from '../routes/application-sets.ts'
import { gpgKeyRoutes } from '../routes/gpg-keys.ts'
import { notificationRoutes } from '../routes/notifications.ts'
import { planRoutes } from '../routes/plans.ts'
import { renderingRoutes } from '../routes/renderings.ts'
import { consoleRoutes } from '../routes/console.ts'
import { credentialTemplateRoutes } from '../routes/credential-templates.ts'
import { deliveryRoutes } from '../routes/deliveries.ts'
import { dataRoutes } from '../routes/data.ts'
import { demoRoutes, type DemoActions } from '../routes/demo.ts'
import { fleetRoutes } from '../routes/fleet.ts'
import { gateRoutes } from '../routes/gates.ts'
import { connectedGitRoutes, gitRoutes } from '../routes/git.ts'
import { clusterRoutes } from '../routes/clusters.ts'
import { projectRoutes } from '../routes/projects.ts'
import { pullRoutes } from '../routes/pulls.ts'
import { repositoryRoutes } from '../routes/repositories.ts'
import { type InstallationFacts, installationRoutes } from '../routes/installation.ts'
import { logRoutes } from '../routes/logs.ts'
import { operationsRoutes } from '../routes/operations.ts'
import { runRoutes } from '../routes/runs.ts'
import { runSettingsRoutes } from '../routes/run-settings.ts'
import { resourceActionRoutes } from '../routes/resource-actions.ts'
import { resourceRoutes } from '../routes/resources.ts'
import type { Http, RouteContext } from '../routes/route-context.ts'
import { sessionRoutes } from '../routes/session.ts'
import { remoteRepositoryRoutes } from '../routes/remote-repositories.ts'
import { streamRoutes } from '../routes/streams.ts'
import { syncRoutes } from '../routes/syncs.ts'
import { webhookRoute } from '../routes/webhook.ts'
import { keepAuditTrail } from './audit-trail.ts'
import { authenticate, authorise } from './authentication.ts'
import { answerFor, toPlimsollError } from './error-answer.ts'
import { fieldsOf } from './field-selection.ts'
import { createAccess } from './object-access.ts'
import { createOpenStreams } from './open-streams.ts'
import { checkHost, checkOrigin, type OwnAddress } from './own-address.ts'
import { requirePolicies } from './route-policy.ts'
import { setSecurityHeaders } from './security-headers.ts'

export interface HttpOptions {
  parts: Parts
  tokens: Tokens
  codes: OneTimeCodes
  limit: LoginLimit
  own: OwnAddress
  facts: InstallationFacts
  webRoot?: string | undefined
  demoActions?: DemoActions | undefined
  log: Log
}

/** The HTTP side: every route, and the one way that every request goes before it gets to one. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const { parts, tokens, own, log } = options
  const http: Http = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    // A push of half a gigabyte over a slow line, and no more: fastify would wait for ever.
    requestTimeout: 30 * 60_000,
    bodyLimit: 4 * 1024 * 1024,
    routerOptions: { maxParamLength: 1024 },
    // Streams would keep a closing server up for ever.
    forceCloseConnections: true,
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>()
  http.setValidatorCompiler(validatorCompiler)
  http.setSerializerCompiler(() => (data) => JSON.stringify(data))
  http.decorateRequest('principal', undefined)
  http.decorateRequest('auditDetail', undefined)
  acceptJson(http)
  http.decorate('declaredRoutes', requirePolicies(http))
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Plimsoll', version: options.facts.version, description: "Applications by GitOps. Paths and JSON follow Argo CD's." },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  })

  const enforcer = createEnforcer(parts.home.cache, parts.namespace)
  const access = createAccess(enforcer, parts)
  tokens.attach({
    listsToken: (project, role, { id, issuedAt }) => listsProjectToken(parts.home.cache, parts.namespace, { project, role, id, issuedAt }),
    policyDigest: () => enforcer.digest(),
  })
  const facts = new WeakMap<FastifyRequest, TokenFacts>()
  http.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply.raw)
    const policy = request.routeOptions.config.policy
    // Probes of a cluster come by the address of the pod.
    if (request.routeOptions.url !== '/healthz') checkHost(request, own)
    if (!policy)
      throw new PlimsollError('not-found', `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`, {
        remedy: 'Check the address: /openapi.json lists them all.',
      })
    const known = authenticate(request, tokens, policy)
    // A place that was taken in the demo is given up with it: on the same data a server without one may be started.
    if (known && (options.facts.demo || known.facts.actor === undefined)) {
      request.principal = known.principal
      facts.set(request, known.facts)
    }
    checkOrigin(request, own, { isStream: policy.who === 'user' && policy.stream === true })
    authorise(request.principal, policy, enforcer, request)
    const unready = policy.who === 'user' && !policy.whileNotReady ? parts.notReady() : undefined
    if (unready !== undefined) throw new PlimsollError('cluster-unreachable', unready, { remedy: 'Try again in a moment.' })
  })
  keepAuditTrail(http, parts.records, log)
  // After the body is read: what a request is about may stand there.
  http.addHook('preHandler', async (request) => {
    const { policy } = request.routeOptions.config
    if (policy) access.check(request, policy)
  })
  http.addHook('preSerialization', async (request, reply, payload) =>
    request.method === 'GET' && reply.statusCode === 200 ? (fieldsOf(request.url)?.apply(payload) ?? payload) : payload,
  )

  http.setErrorHandler((error, request, reply) => {
    const known = toPlimsollError(error)
    const { status, body } = answerFor(known, request.id)
    if (known.code === 'internal')
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'a request failed in a way that was not foreseen')
    if (status === 401 && request.routeOptions.config.policy?.who === 'user' && request.routeOptions.url === '/git/*')
      reply.header('www-authenticate', 'Basic realm="Plimsoll", charset="UTF-8"')
    return reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store').send(JSON.stringify(body))
  })
  http.setNotFoundHandler((request, reply) => {
    const { status, body } = answerFor(
      new PlimsollError('not-found', 'There is nothing at this address.', { remedy: 'Check the address: /openapi.json lists them all.' }),
      request.id,
    )
    return reply.code(status).send(body)
  })

  const streams = createOpenStreams(tokens)
  const feed = createApplicationFeed(parts.applications)
  const fleet = createFleetIndex({
    namespace: parts.namespace,
    applications: parts.applications,
    normalizeRepo: (url) => parts.repositories.normalize(url),
    clusterNameOf: (server) => parts.clusters.all().find((one) => one.server === server)?.name,
    now: Date.now,
  })
  http.addHook('preClose', async () => {
    streams.close()
    feed.close()
    fleet.close()
  })
  const context: RouteContext = {
    parts,
    tokens,
    enforcer,
    access,
    streams,
    own,
    fleet,
    streamPosition: () => feed.position(),
    factsOf(request) {
      const found = facts.get(request)
      if (!found) throw new Error('a policy let somebody in without a token')
      return found
    },
  }
  operationsRoutes(http, context)
  sessionRoutes(http, context, options)
  installationRoutes(http, context, options.facts)
  applicationRoutes(http, context)
  applicationSetRoutes(http, context)
  syncRoutes(http, context)
  clusterRoutes(http, context)
  projectRoutes(http, context)
  notificationRoutes(http, context)
  gpgKeyRoutes(http, context)
  renderingRoutes(http, context)
  planRoutes(http, context)
  gateRoutes(http, context)
  dataRoutes(http, context)
  demoRoutes(http, options.demoActions)
  deliveryRoutes(http, context)
  resourceRoutes(http, context)
  resourceActionRoutes(http, context)
  logRoutes(http, context)
  streamRoutes(http, context, feed)
  fleetRoutes(http, context, feed)
  webhookRoute(http, context)
  gitRoutes(http, context)
  connectedGitRoutes(http, context)
  repositoryRoutes(http, context)
  configuredRepositoryRoutes(http, context)
  credentialTemplateRoutes(http, context)
  certificateRoutes(http, context)
  remoteRepositoryRoutes(http, context)
  pullRoutes(http, context)
  runRoutes(http, context)
  runSettingsRoutes(http, context)
  consoleRoutes(http, options.webRoot)
  await http.ready()
  return http
}

/** JSON alone. No body at all is fine where the route's schema says so; keys that would become a prototype are refused. */
function acceptJson(http: Http): void {
  http.removeAllContentTypeParsers()
  const parse = http.getDefaultJsonParser('error', 'error')
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, String(body), done)
  })
}
