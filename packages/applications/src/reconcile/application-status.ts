import type { Application, ApplicationCondition, ApplicationStatus } from '@plimsoll/api'
import { revisionFields, revisionsIn, sourceFields } from '../application-sources.ts'
import { withTimes } from '../conditions.ts'
import { isDeepEqual } from '../json.ts'
import { type Evaluation, resourceStatusOf } from './evaluation.ts'
import { externalUrls, imagesOf } from '../tree/resource-info.ts'
import type { KubeObject } from '@plimsoll/kube'
import { compareOrder } from '../sync/order.ts'

/** What a look at an application says about it, in the words of its status. Only what changed is new, so that an idle application writes nothing. */
export function statusAfter(
  application: Application,
  evaluation: Evaluation,
  extra: { conditions: ApplicationCondition[]; now: string; controllerNamespace: string },
): ApplicationStatus {
  const previous = application.status ?? {}
  const revisions = evaluation.revisions ?? revisionsIn(previous.sync)
  const sorted = evaluation.resources.toSorted((a, b) =>
    compareOrder({ wave: a.target?.wave ?? 0, key: a.key }, { wave: b.target?.wave ?? 0, key: b.key }),
  )
  const live = sorted.map((resource) => resource.live).filter((object): object is KubeObject => object !== undefined)
  const images = [...new Set(live.flatMap(imagesOf))].toSorted()
  const urls = [...new Set(live.flatMap(externalUrls))].toSorted()
  const conditions = withTimes([...evaluation.conditions, ...extra.conditions], previous.conditions ?? [], extra.now)
  const next: ApplicationStatus = {
    ...previous,
    sync: {
      status: evaluation.sync,
      comparedTo: { ...sourceFields(evaluation.set), destination: application.spec.destination },
      ...revisionFields(evaluation.set.isMultiple, revisions),
    },
    health: {
      ...evaluation.health,
      lastTransitionTime:
        previous.health?.status === evaluation.health.status ? (previous.health?.lastTransitionTime ?? extra.now) : extra.now,
    },
    resources: sorted.map(resourceStatusOf),
    summary: { ...(images.length > 0 && { images }), ...(urls.length > 0 && { externalURLs: urls }) },
    controllerNamespace: extra.controllerNamespace,
  }
  const [sourceType] = evaluation.sourceTypes ?? []
  if (evaluation.set.isMultiple) delete next.sourceType
  else delete next.sourceTypes
  if (evaluation.set.isMultiple && evaluation.sourceTypes) next.sourceTypes = [...evaluation.sourceTypes]
  else if (sourceType !== undefined) next.sourceType = sourceType
  if (conditions.length > 0) next.conditions = conditions
  else delete next.conditions
  if (isDeepEqual(withoutTime(previous), withoutTime(next))) return previous
  return { ...next, reconciledAt: extra.now }
}

function withoutTime(status: ApplicationStatus): unknown {
  const { reconciledAt: _at, ...rest } = status
  return rest
}
