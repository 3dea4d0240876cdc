import type { Actor, ApplicationRef } from '@plimsoll/applications'
import { PlimsollError, type Application } from '@plimsoll/api'
import type { FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Enforcer } from '../auth/rbac/enforcer.ts'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'
import type { FleetIndex } from '../fleet/fleet-index.ts'
import { askedApplication, askedProject } from '../http/asked-application.ts'
import { type EventStream, openEventStream } from '../http/event-stream.ts'
import type { Access } from '../http/object-access.ts'
import type { OpenStreams } from '../http/open-streams.ts'
import type { OwnAddress } from '../http/own-address.ts'
import type { AuditRule } from '../http/route-policy.ts'
import type { Parts } from '../options.ts'

export type Http = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What routes share. */
export interface RouteContext {
  parts: Parts
  tokens: Tokens
  enforcer: Enforcer
  access: Access
  streams: OpenStreams
  own: OwnAddress
  /** All applications, in order and counted. */
  fleet: FleetIndex
  /** Where the stream of applications is now, as a list names it in its resource version. */
  streamPosition(): string
  /** Facts of the token that a request came with. */
  factsOf(request: FastifyRequest): TokenFacts
}

/** It ends when who has opened it may not see any more what it tells; `isStillRight`: what else has to hold for that. */
export function openStream(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  isStillRight: () => boolean = () => true,
): EventStream {
  return openEventStream(request, reply, context.streams, context.factsOf(request), () => {
    const { policy } = request.routeOptions.config
    return policy !== undefined && context.access.allows(request, policy) && isStillRight()
  })
}

/**
 * A stream of the newest state of each of some things, by their names: first of those that there are, then of each that changes. What a slow reader
 * has not taken is replaced by what is newer. `follow` calls back with whatever is to be told, and returns the way to stop.
 */
export async function streamNewest(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (put: (name: string, event: object) => void) => () => void,
): Promise<void> {
  const waiting = new Map<string, object>()
  let wake: (() => void) | undefined
  // Before it follows anything: it may be one stream too many.
  const stream = openStream(context, request, reply)
  const unfollow = follow((name, event) => {
    waiting.set(name, event)
    wake?.()
  })
  stream.onClosed(() => {
    unfollow()
    wake?.()
  })
  while (!stream.isClosed) {
    const [first] = waiting
    if (first === undefined) {
      await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    waiting.delete(first[0])
    stream.send(JSON.stringify(first[1]))
    await stream.drained()
  }
}

export function actorOf(request: FastifyRequest): Actor {
  return { username: request.principal?.username ?? 'anonymous', origin: request.ip }
}

/** The Application that a request names. What is not there and what is in another project are answered alike. */
export function find(context: RouteContext, request: FastifyRequest): { ref: ApplicationRef; application: Application } {
  return findAt(context, askedApplication(request, context.parts.namespace), askedProject(request))
}

export function findAt(
  context: RouteContext,
  ref: ApplicationRef,
  project: string | undefined,
): { ref: ApplicationRef; application: Application } {
  const application = context.parts.applications.get(ref)
  if (project && project !== (application.spec.project || 'default')) throw noSuch(ref)
  return { ref, application }
}

/** An application as it is now; undefined when it is gone. */
export function currentOf({ parts }: RouteContext, ref: ApplicationRef): Application | undefined {
  try {
    return parts.applications.get(ref)
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'not-found') return undefined
    throw error
  }
}

export function noSuch(ref: ApplicationRef): PlimsollError {
  return new PlimsollError('not-found', `There is no application '${ref.name}' in namespace '${ref.namespace}'.`)
}

/** For the audit: `applications/argocd/demo`. */
export function auditApplication(namespace: string, action: string): AuditRule {
  return {
    action,
    object: (request) => auditedApplication(request, namespace),
  }
}

export function auditedApplication(request: FastifyRequest, namespace: string): string {
  return auditedAt(askedApplication(request, namespace))
}

export function auditedAt(ref: ApplicationRef): string {
  return `applications/${ref.namespace}/${ref.name}`.slice(0, 600)
}

/** For the audit: an Application that somebody has sent, whatever it may be. */
export function sentApplication(namespace: string, sent: unknown): string {
  const { metadata } = (sent ?? {}) as { metadata?: { name?: unknown; namespace?: unknown } }
  return `applications/${textOr(metadata?.namespace, namespace)}/${textOr(metadata?.name, '')}`.slice(0, 600)
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}
