import { type ClustersGenerator, PlimsollError } from '@plimsoll/api'
import { compileLabelSelector, type LabelMatcher, SelectorError } from '@plimsoll/kube'
import { normalizedName } from '@plimsoll/render'
import type { Asked, ClusterEntry, Generator } from './generator.ts'
import type { Parameters } from './parameters.ts'
import { isGo, withValues } from './values.ts'

/**
 * The clusters that are known, each by its Secret's name, address, labels and annotations. The home cluster is among them as long as no selector
 * asks for labels, which it has not without a Secret of its own.
 */
export const clusters: Generator<ClustersGenerator> = {
  async generate({ selector, values, flatList }, asked) {
    const matcher = matcherOf(selector, asked)
    const hasSelector = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length > 0
    const all = await asked.sources.clusters()
    const chosen = all.filter((cluster) => (cluster.isImplicit ? !hasSelector : matcher.matches(Object.fromEntries(cluster.labels))))
    const parameters = await withValues(
      byName(chosen).map((cluster) => parametersOf(cluster, asked)),
      values,
      asked,
    )
    return flatList ? [{ clusters: parameters }] : parameters
  },
}

function matcherOf(selector: ClustersGenerator['selector'], { where }: Asked): LabelMatcher {
  try {
    return compileLabelSelector({
      ...(selector?.matchLabels && { matchLabels: selector.matchLabels }),
      matchExpressions: (selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
    })
  } catch (error) {
    if (error instanceof SelectorError) throw new PlimsollError('invalid-application-set', `${where}.selector: ${error.message}.`)
    throw error
  }
}

/** In the order of names, the one without a Secret last. Of two Secrets with one name the last one counts, as in Argo CD. */
function byName(chosen: readonly ClusterEntry[]): ClusterEntry[] {
  const named = new Map(chosen.filter(({ isImplicit }) => !isImplicit).map((cluster) => [cluster.name, cluster]))
  const sorted = [...named.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return [...sorted, ...chosen.filter(({ isImplicit }) => isImplicit)]
}

function parametersOf(cluster: ClusterEntry, asked: Asked): Parameters {
  const { name, server, project = '', labels, annotations } = cluster
  const common = { name, nameNormalized: normalizedName(name), server, project }
  if (cluster.isImplicit) return common
  if (isGo(asked)) {
    return { ...common, metadata: { ...(annotations.size > 0 && { annotations }), ...(labels.size > 0 && { labels }) } }
  }
  return {
    ...common,
    ...Object.fromEntries([...annotations].map(([key, value]) => [`metadata.annotations.${key}`, value])),
    ...Object.fromEntries([...labels].map(([key, value]) => [`metadata.labels.${key}`, value])),
  }
}
