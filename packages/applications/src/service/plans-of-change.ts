import type { Application, ApplicationPlan } from '@plimsoll/api'
import { specSources, targetRevisionOf } from '../application-sources.ts'
import { qualifiedName } from '../application-object.ts'
import type { Applications, TargetCluster } from '../contract.ts'
import type { Reconciling } from '../reconcile/reconciling.ts'
import { planOf } from './application-plan.ts'

/** Plans made at the same time: each may render, and a repository may feed hundreds of applications. */
const concurrency = 4

export async function plansOfChange(
  context: Reconciling,
  applications: readonly Application[],
  clusterOf: (application: Application) => TargetCluster,
  change: Parameters<Applications['plansOfChange']>[0],
): Promise<ApplicationPlan[]> {
  const following = applications.filter((application) => positionsOf(context, application, change).length > 0)
  const plans: (ApplicationPlan | undefined)[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < following.length; index = next++) {
      const application = following[index]
      if (application) plans[index] = await planOfOne(context, application, clusterOf, change)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return plans.filter((plan) => plan !== undefined)
}

/** Undefined when the change does not touch it. */
async function planOfOne(
  context: Reconciling,
  application: Application,
  clusterOf: (application: Application) => TargetCluster,
  change: Parameters<Applications['plansOfChange']>[0],
): Promise<ApplicationPlan | undefined> {
  const positions = new Set(positionsOf(context, application, change))
  const at = (commit: string): Promise<{ plan: ApplicationPlan; contentKey: string }> => {
    const revisions = specSources(application).sources.map((source, index) => (positions.has(index) ? commit : targetRevisionOf(source)))
    return planOf(context, change.isTrusted ? application : nameless(application), clusterOf(application), { revisions })
  }
  // That the target itself cannot be rendered is no fault of the change, and no reason to say nothing about it.
  const before = await at(change.from).catch(() => undefined)
  try {
    const after = await at(change.to)
    return before?.contentKey === after.contentKey ? undefined : after.plan
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const called = qualifiedName(application.metadata, context.namespace)
    return { application: called, revisions: [change.to], changes: [], unchanged: 0, problems: [error.message] }
  }
}

function nameless({ metadata: { uid: _uid, ...metadata }, ...application }: Application): Application {
  return { ...application, metadata }
}

function positionsOf(
  { repositories }: Reconciling,
  application: Application,
  { repoURL, branch, isDefault }: Parameters<Applications['plansOfChange']>[0],
): number[] {
  const wanted = repositories.normalize(repoURL)
  return specSources(application).sources.flatMap((source, index) => {
    if (source.chart !== undefined || repositories.normalize(source.repoURL) !== wanted) return []
    const revision = targetRevisionOf(source)
    return revision === branch || revision === `refs/heads/${branch}` || (isDefault && revision === 'HEAD') ? [index] : []
  })
}
