import type { Application } from '@plimsoll/api'
import { type KubeObject, objectKey, type ResourceType } from '@plimsoll/kube'
import { formatPath } from '../../comparison/path.ts'
import type { TargetCluster } from '../../contract.ts'
import { type Comparing, compareTarget } from '../../reconcile/compare-target.ts'
import { diffRulesOf } from '../../reconcile/diff-rules.ts'
import type { ManagedResource } from '../../reconcile/evaluation.ts'
import { readDiffSettings } from '../../settings/diff-settings.ts'
import { createJqThread, type JqThread } from '../jq-thread.ts'

export interface Said {
  /** `spec.ignoreDifferences`. */
  ignore?: Record<string, unknown>[]
  /** Data of argocd-cm, and of argocd-cmd-params-cm. */
  settings?: Record<string, string>
  parameters?: Record<string, string>
  compareOptions?: string
  name?: string
  /** The answer of the API server to a dry run. */
  predicted?: KubeObject | Error
  /** A definition of a custom kind. */
  definition?: KubeObject
}

let shared: JqThread | undefined

export function sharedJq(): JqThread {
  shared ??= createJqThread()
  return shared
}

/** Compares two sides as an application would, without a cluster. */
export async function compareAs(said: Said, target: KubeObject, live: KubeObject): Promise<ManagedResource> {
  const application = {
    metadata: {
      name: said.name ?? 'shop',
      namespace: 'argocd',
      ...(said.compareOptions !== undefined && { annotations: { 'argocd.argoproj.io/compare-options': said.compareOptions } }),
    },
    spec: { destination: {}, ...(said.ignore && { ignoreDifferences: said.ignore }) },
  } as unknown as Application
  const comparing: Comparing = {
    context: { count: () => undefined, jq: sharedJq() },
    cluster: clusterOf(said),
    rules: diffRulesOf(application, readDiffSettings(said.settings ?? {}, said.parameters)),
    asks: said.predicted ? 'inDoubt' : 'never',
    memo: new Map(),
  }
  const type = { plural: `${target.kind.toLowerCase()}s` } as ResourceType
  return compareTarget(comparing, { key: objectKey(target), object: target, type, at: { file: 'a.yaml' }, wave: 0 }, live, undefined)
}

export async function differencesAs(said: Said, target: KubeObject, live: KubeObject): Promise<string[]> {
  const { comparison } = await compareAs(said, target, live)
  return comparison?.differences.map(({ path }) => formatPath(path)) ?? []
}

function clusterOf({ predicted, definition }: Said): TargetCluster {
  const plural = (definition?.spec as { names?: { plural?: string } } | undefined)?.names?.plural
  return {
    cache: { typeOf: () => plural && { plural }, get: () => definition },
    client: {
      apply: async () => {
        if (predicted instanceof Error) throw predicted
        return predicted
      },
    },
  } as unknown as TargetCluster
}
