import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { nameOf } from '../auth/principal.ts'
import { aboutRepository } from './repository-policy.ts'
import { repositoryParams } from './repositories.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['runs']
const environmentName = z.string().min(1).max(255)
const valueName = z.string().min(1).max(255)
/** GitHub's limit of a secret; a variable has the same. */
const value = z.string().max(48 * 1024)
const places = [
  { prefix: '/api/v1/repositories/:name', params: repositoryParams, what: 'a repository' },
  {
    prefix: '/api/v1/repositories/:name/environments/:environment',
    params: repositoryParams.extend({ environment: environmentName }),
    what: 'an environment',
  },
] as const

/** Secrets, variables and environments of a repository's runs. A secret goes in and is never shown again. */
export function runSettingsRoutes(http: Http, context: RouteContext): void {
  const { ciSettings, repositories } = context.parts

  for (const { prefix, params, what } of places) {
    const named = z.object({ ...params.shape, value: valueName })
    const placeOf = async (request: { params: unknown }): Promise<{ name: string; environment?: string }> => {
      const { name, environment } = request.params as { name: string; environment?: string }
      if (!(await repositories.hosted.has(name))) throw new PlimsollError('not-found', `There is no repository '${name}'.`)
      return { name, ...(environment !== undefined && { environment }) }
    }

    http.get(
      `${prefix}/secrets`,
      { config: { policy: aboutRepository('runs:get') }, schema: { tags, summary: `Names of the secrets of ${what}`, params } },
      async (request) => {
        const { name, environment } = await placeOf(request)
        return { items: await ciSettings.listSecrets(name, environment) }
      },
    )
    http.put(
      `${prefix}/secrets/:value`,
      {
        config: { policy: aboutRepository('secrets:update', 'secret.set') },
        schema: { tags, summary: `Set a secret of ${what}`, params: named, body: z.object({ value }) },
      },
      async (request) => {
        const { name, environment } = await placeOf(request)
        request.auditDetail = { secret: request.params.value }
        await ciSettings.setSecret(name, environment, request.params.value, request.body.value, who(request))
        return {}
      },
    )
    http.delete(
      `${prefix}/secrets/:value`,
      {
        config: { policy: aboutRepository('secrets:update', 'secret.delete') },
        schema: { tags, summary: `Remove a secret of ${what}`, params: named },
      },
      async (request) => {
        const { name, environment } = await placeOf(request)
        request.auditDetail = { secret: request.params.value }
        await ciSettings.removeSecret(name, environment, request.params.value)
        return {}
      },
    )
    http.get(
      `${prefix}/variables`,
      { config: { policy: aboutRepository('runs:get') }, schema: { tags, summary: `Variables of ${what}`, params } },
      async (request) => {
        const { name, environment } = await placeOf(request)
        return { items: await ciSettings.listVariables(name, environment) }
      },
    )
    http.put(
      `${prefix}/variables/:value`,
      {
        config: { policy: aboutRepository('secrets:update', 'variable.set') },
        schema: { tags, summary: `Set a variable of ${what}`, params: named, body: z.object({ value }) },
      },
      async (request) => {
        const { name, environment } = await placeOf(request)
        request.auditDetail = { variable: request.params.value }
        await ciSettings.setVariable(name, environment, request.params.value, request.body.value, who(request))
        return {}
      },
    )
    http.delete(
      `${prefix}/variables/:value`,
      {
        config: { policy: aboutRepository('secrets:update', 'variable.delete') },
        schema: { tags, summary: `Remove a variable of ${what}`, params: named },
      },
      async (request) => {
        const { name, environment } = await placeOf(request)
        request.auditDetail = { variable: request.params.value }
        await ciSettings.removeVariable(name, environment, request.params.value)
        return {}
      },
    )
  }

  http.get(
    '/api/v1/repositories/:name/environments',
    {
      config: { policy: aboutRepository('runs:get') },
      schema: { tags, summary: 'Environments of a repository, with what they demand', params: repositoryParams },
    },
    async (request) => ({ items: await ciSettings.environments(request.params.name) }),
  )
  http.put(
    '/api/v1/repositories/:name/environments/:environment',
    {
      config: { policy: aboutRepository('repositories:administer', 'environment.set') },
      schema: {
        tags,
        summary: 'Say what an environment demands before a job may use it',
        params: repositoryParams.extend({ environment: environmentName }),
        body: z.object({
          requiredApprovals: z.number().int().min(0).max(6).default(0),
          reviewers: z.array(z.string().max(256)).max(50).default([]),
          preventSelfReview: z.boolean().default(false),
          branches: z.array(z.string().max(255)).max(100).optional(),
        }),
      },
    },
    async (request) => {
      const { name, environment } = request.params
      if (!(await repositories.hosted.has(name))) throw new PlimsollError('not-found', `There is no repository '${name}'.`)
      const { branches, ...rules } = request.body
      request.auditDetail = { environment, ...request.body }
      await ciSettings.setEnvironment(name, environment, { ...rules, ...(branches && { branches }) })
      return {}
    },
  )
  http.delete(
    '/api/v1/repositories/:name/environments/:environment',
    {
      config: { policy: aboutRepository('repositories:administer', 'environment.delete') },
      schema: { tags, summary: 'Forget what an environment demands', params: repositoryParams.extend({ environment: environmentName }) },
    },
    async (request) => {
      await ciSettings.removeEnvironment(request.params.name, request.params.environment)
      return {}
    },
  )
}

function who(request: FastifyRequest): string {
  return request.principal ? nameOf(request.principal) : ''
}
