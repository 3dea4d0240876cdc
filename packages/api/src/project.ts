import { z } from 'zod'

/**
 * `AppProject`, argoproj.io/v1alpha1, with Argo CD's fields (source: argo-cd `pkg/apis/application/v1alpha1/types.go`). Objects are loose: what is
 * not named here stays as it is.
 */

export const SyncWindow = z.looseObject({
  kind: z.string().optional(),
  /** Five fields of cron. */
  schedule: z.string().optional(),
  /** `1h30m`. */
  duration: z.string().optional(),
  applications: z.array(z.string()).nullish(),
  namespaces: z.array(z.string()).nullish(),
  clusters: z.array(z.string()).nullish(),
  /** Syncs that somebody asks for are let through. */
  manualSync: z.boolean().optional(),
  timeZone: z.string().optional(),
  /** Applications, namespaces and clusters must all match; one of them is enough otherwise. */
  andOperator: z.boolean().optional(),
  description: z.string().optional(),
  /** A sync that began when it might goes on. */
  syncOverrun: z.boolean().optional(),
})
export type SyncWindow = z.infer<typeof SyncWindow>

export const OrphanedResourceKey = z.looseObject({
  group: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
})

export const OrphanedResources = z.looseObject({
  /** Absent counts as true. */
  warn: z.boolean().nullish(),
  ignore: z.array(OrphanedResourceKey).nullish(),
})
export type OrphanedResources = z.infer<typeof OrphanedResources>

/** A key that commits and tags may be signed with. */
export const SignatureKey = z.looseObject({
  /** Of GPG: 16 hexadecimal digits, or a fingerprint. Of SSH, which is ours: `SHA256:…`. */
  keyID: z.string(),
})

export const SignatureKeys = z.array(SignatureKey).nullish()

export const ProjectDestination = z.looseObject({
  server: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
})
export type ProjectDestination = z.infer<typeof ProjectDestination>

export const ProjectKind = z.looseObject({ group: z.string().default(''), kind: z.string().default('') })
export type ProjectKind = z.infer<typeof ProjectKind>

/** `name`: a pattern; absent or empty: of any name. */
export const ProjectClusterKind = z.looseObject({ ...ProjectKind.shape, name: z.string().optional() })
export type ProjectClusterKind = z.infer<typeof ProjectClusterKind>

/** Times are seconds since 1970. */
export const ProjectToken = z.looseObject({ iat: z.number(), exp: z.number().optional(), id: z.string().optional() })
export type ProjectToken = z.infer<typeof ProjectToken>

export const ProjectRole = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  /** Lines of casbin: `p, proj:PROJECT:ROLE, RESOURCE, ACTION, PROJECT/OBJECT, allow`. */
  policies: z.array(z.string()).nullish(),
  /** Whoever is in one of them has the role. */
  groups: z.array(z.string()).nullish(),
  jwtTokens: z.array(ProjectToken).nullish(),
})
export type ProjectRole = z.infer<typeof ProjectRole>

/** Whose rights a sync to such a destination has; the first that matches. */
export const ProjectServiceAccount = z.looseObject({
  server: z.string().default(''),
  namespace: z.string().default(''),
  /** `NAME`, of the destination's namespace, or `NAMESPACE:NAME`. */
  defaultServiceAccount: z.string().default(''),
})

export const AppProjectSpec = z.looseObject({
  description: z.string().optional(),
  sourceRepos: z.array(z.string()).nullish(),
  destinations: z.array(ProjectDestination).nullish(),
  destinationServiceAccounts: z.array(ProjectServiceAccount).nullish(),
  sourceNamespaces: z.array(z.string()).nullish(),
  clusterResourceWhitelist: z.array(ProjectClusterKind).nullish(),
  clusterResourceBlacklist: z.array(ProjectClusterKind).nullish(),
  namespaceResourceWhitelist: z.array(ProjectKind).nullish(),
  namespaceResourceBlacklist: z.array(ProjectKind).nullish(),
  permitOnlyProjectScopedClusters: z.boolean().nullish(),
  roles: z.array(ProjectRole).nullish(),
  /** None: nothing has to be signed. */
  signatureKeys: SignatureKeys,
  syncWindows: z.array(SyncWindow).nullish(),
  orphanedResources: OrphanedResources.nullish(),
})
export type AppProjectSpec = z.infer<typeof AppProjectSpec>

export const AppProject = z.looseObject({
  apiVersion: z.literal('argoproj.io/v1alpha1').optional(),
  kind: z.literal('AppProject').optional(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    resourceVersion: z.string().optional(),
  }),
  spec: AppProjectSpec,
  status: z
    .looseObject({
      /** By the name of the role. What is listed holds; deleting the entry ends the token. */
      jwtTokensByRole: z.record(z.string(), z.looseObject({ items: z.array(ProjectToken).nullish() })).nullish(),
    })
    .nullish(),
})
export type AppProject = z.infer<typeof AppProject>

/** What the windows of its project say about an Application now, in Argo CD's shape; what is below `canSync` is ours. */
export interface ApplicationSyncWindows {
  activeWindows: ShownSyncWindow[]
  assignedWindows: ShownSyncWindow[]
  /** Whether somebody may sync it now. */
  canSync: boolean
  /** Whether automation may. */
  canSyncAutomatically: boolean
  /** When that changes next, as RFC 3339; absent when nobody can tell, or never. */
  until?: string
  /** Why not, in words. */
  message?: string
}

export interface ShownSyncWindow {
  kind: string
  schedule: string
  duration: string
  manualSync: boolean
}
