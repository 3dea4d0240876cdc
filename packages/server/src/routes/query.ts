import { z } from 'zod'

/** Pieces of query strings and bodies, as grpc-gateway reads them: booleans as words, numbers as texts, one value or several. */
export const queryBoolean = z.stringbool({ truthy: ['true', '1', 't', 'True', 'TRUE'], falsy: ['false', '0', 'f', 'False', 'FALSE', ''] })
export const queryInteger = z
  .string()
  .regex(/^\d{1,15}$/, 'is no whole number')
  .transform(Number)
/** RFC 3339, or milliseconds since 1970. In milliseconds. */
export const queryTime = z
  .string()
  .refine((text) => /^\d{1,15}$/.test(text) || !Number.isNaN(Date.parse(text)), 'is no time of the form 2026-01-31T12:00:00Z')
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)))
export const queryStrings = z.union([z.string(), z.array(z.string()).max(200)]).transform((value) => [value].flat())
/** int64 comes as a number or, from protobuf's JSON, as a text. */
export const bodyInteger = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
])

export const appNamespace = { appNamespace: z.string().max(253).optional(), project: z.string().max(253).optional() }
/** The same, where protobuf maps it into the body. */
export const appNamespaceInBody = { appNamespace: appNamespace.appNamespace.nullable(), project: appNamespace.project.nullable() }
export const byName = z.object({ name: z.string().min(1).max(512) })

/** One object of an application, as `…/resource` names it. */
export const resourceQuery = z.object({
  ...appNamespace,
  namespace: z.string().max(253).optional(),
  resourceName: z.string().min(1).max(512),
  version: z.string().max(63).optional(),
  group: z.string().max(253).optional(),
  kind: z.string().min(1).max(63),
})
