import type { ApplicationCondition } from '@plimsoll/api'
import { splitApiVersion } from '@plimsoll/kube'
import { condition } from '../conditions.ts'
import type { HealthSource } from '../health/health-source.ts'
import type { ManagedResource } from './evaluation.ts'

/** A broken check is one of every object of its kind: a condition is no place for hundreds. */
const maxTold = 5

/** Resources with the health that the operator's checks find, and what is wrong with the checks. Where there are none, nothing is done. */
export async function withCustomHealth(
  resources: readonly ManagedResource[],
  source: HealthSource,
): Promise<{ resources: ManagedResource[]; conditions: ApplicationCondition[] }> {
  const live = resources.map((resource) => resource.live).filter((object) => object !== undefined)
  await source.assess(live)
  const conditions = live.flatMap((object) => {
    const problem = source.problemOf(object)
    if (problem === undefined) return []
    const { group } = splitApiVersion(object.apiVersion)
    const key = group === '' ? object.kind : `${group}_${object.kind}`
    return [
      condition(
        'HealthCheckError',
        `${object.kind} ${object.metadata.name}: its health check fails: ${problem}. Correct it in ConfigMap argocd-cm (resource.customizations.health.${key}).`,
      ),
    ]
  })
  return {
    resources: resources.map((resource) => (resource.live ? { ...resource, health: source.of(resource.live) } : resource)),
    conditions: conditions.slice(0, maxTold),
  }
}
