import { z } from 'zod'
import { Application, HealthStatus } from './application.ts'

/** Answers of `/api/v1/applications…` beyond the Application itself, in Argo CD's shapes. */

export const ResourceRef = z.looseObject({
  group: z.string().optional(),
  version: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string().optional(),
})
export type ResourceRef = z.infer<typeof ResourceRef>

/** One object in the tree. `parentRefs` is empty for what Git holds. */
export const ResourceNode = z.looseObject({
  ...ResourceRef.shape,
  parentRefs: z.array(ResourceRef).optional(),
  /** Short facts such as `Revision: Rev:2`, `Containers: 1/1`, `Status Reason: CrashLoopBackOff`. */
  info: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  networkingInfo: z.looseObject({ externalURLs: z.array(z.string()).optional() }).optional(),
  images: z.array(z.string()).optional(),
  resourceVersion: z.string().optional(),
  createdAt: z.string().optional(),
  health: HealthStatus.optional(),
})
export type ResourceNode = z.infer<typeof ResourceNode>

export const ApplicationTree = z.looseObject({
  nodes: z.array(ResourceNode).optional(),
  orphanedNodes: z.array(ResourceNode).optional(),
})
export type ApplicationTree = z.infer<typeof ApplicationTree>

/** One managed object, target and live. The states are JSON texts; a Secret's values are masked in each of them. */
export const ResourceDiff = z.looseObject({
  group: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  /** What Git holds, normalised. */
  targetState: z.string().optional(),
  /** What the cluster holds. */
  liveState: z.string().optional(),
  /** What the cluster holds, without what is no difference. */
  normalizedLiveState: z.string().optional(),
  /** What it would hold after a sync. */
  predictedLiveState: z.string().optional(),
  hook: z.boolean().optional(),
  modified: z.boolean().optional(),
  resourceVersion: z.string().optional(),
  /** Ours: the fields that differ, one line each; `live` and `target` are JSON texts, absent where there is no such field. */
  differences: z
    .array(
      z.object({
        path: z.string(),
        live: z.string().optional(),
        target: z.string().optional(),
        manager: z.string().optional(),
        time: z.string().optional(),
      }),
    )
    .optional(),
  /** Ours: the fields that no comparison looks at, each with the rule that says so, in its own words. */
  ignored: z.array(z.object({ path: z.string(), rule: z.string() })).optional(),
})
export type ResourceDiff = z.infer<typeof ResourceDiff>

/** What can be done with an object (argo-cd `ResourceAction`). */
export const ResourceAction = z.object({
  name: z.string(),
  params: z.array(z.object({ name: z.string(), default: z.string().optional() })).optional(),
  /** Offered, and not possible as the object is now. */
  disabled: z.boolean().optional(),
  iconClass: z.string().optional(),
  displayName: z.string().optional(),
})
export type ResourceAction = z.infer<typeof ResourceAction>

export const ApplicationWatchEvent = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), application: Application })
export type ApplicationWatchEvent = z.infer<typeof ApplicationWatchEvent>

export const LogEntry = z.looseObject({
  content: z.string(),
  timeStamp: z.string().optional(),
  timeStampStr: z.string().optional(),
  podName: z.string().optional(),
  last: z.boolean().optional(),
})
export type LogEntry = z.infer<typeof LogEntry>

export const RevisionMetadata = z.looseObject({
  author: z.string().optional(),
  date: z.string().optional(),
  message: z.string().optional(),
  tags: z.array(z.string()).optional(),
})
export type RevisionMetadata = z.infer<typeof RevisionMetadata>
