import { type ClusterDecisionGenerator, PlimsollError } from '@plimsoll/api'
import { compileLabelSelector, SelectorError } from '@plimsoll/kube'
import { at, isObject, listAt, stringsAt, textAt } from '../../json.ts'
import type { Asked, Generator } from './generator.ts'
import { goText, type Parameters } from './parameters.ts'
import { isGo } from './values.ts'

const defaultRequeueMs = 3 * 60_000

/** Clusters that somebody else has chosen: an object whose status lists them, of a kind that a ConfigMap describes. */
export const clusterDecision: Generator<ClusterDecisionGenerator> = {
  async generate(spec, asked) {
    const duck = await duckOf(spec, asked)
    const byName = new Map((await asked.sources.clusters()).map((cluster) => [cluster.name, cluster]))
    const objects = (await asked.sources.objects(duck)).filter(selectionOf(spec, asked))
    if (objects.length === 0) {
      throw failed(asked, `no ${duck.kindOrPlural} (${duck.apiVersion}) ${spec.name ? `is named '${spec.name}'` : 'has these labels'}`)
    }
    return objects
      .flatMap((object) => decisionsOf(object, duck.statusListKey, asked))
      .flatMap((decision): Parameters[] => {
        const wanted = Object.hasOwn(decision, duck.matchKey) ? goText(decision[duck.matchKey]) : ''
        const cluster = wanted === '' ? undefined : byName.get(wanted)
        // One that is not known here is for somebody else.
        if (cluster === undefined) return []
        const said = Object.fromEntries(Object.entries(decision).map(([key, value]) => [key, goText(value)]))
        return [{ name: cluster.name, server: cluster.server, ...said, ...valuesOf(spec, asked) }]
      })
  },
  requeueAfterMs: ({ requeueAfterSeconds }) => (typeof requeueAfterSeconds === 'number' ? requeueAfterSeconds * 1000 : defaultRequeueMs),
}

interface Duck {
  apiVersion: string
  /** Argo CD asks for the plural, as the ConfigMap calls `kind`. */
  kindOrPlural: string
  statusListKey: string
  matchKey: string
}

async function duckOf({ configMapRef }: ClusterDecisionGenerator, asked: Asked): Promise<Duck> {
  const data = await asked.sources.configMap(configMapRef)
  if (data === undefined) throw failed(asked, `there is no ConfigMap '${configMapRef}' in the namespace of the ApplicationSet`)
  const apiVersion = data.get('apiVersion') ?? ''
  const kindOrPlural = data.get('kind') ?? ''
  const matchKey = data.get('matchKey') ?? ''
  if (kindOrPlural === '' || apiVersion.indexOf('/') < 1) {
    throw failed(asked, `ConfigMap '${configMapRef}' must say apiVersion (GROUP/VERSION) and kind`)
  }
  if (matchKey === '') throw failed(asked, `ConfigMap '${configMapRef}' must say matchKey: the field of a decision that names the cluster`)
  return { apiVersion, kindOrPlural, matchKey, statusListKey: data.get('statusListKey') || 'clusters' }
}

function selectionOf(
  { name, labelSelector }: ClusterDecisionGenerator,
  asked: Asked,
): (object: Readonly<Record<string, unknown>>) => boolean {
  const hasLabels = labelSelector?.matchLabels !== undefined || labelSelector?.matchExpressions !== undefined
  if (Boolean(name) === hasLabels)
    throw new PlimsollError('invalid-application-set', `${asked.where}: needs name or labelSelector, one of the two.`)
  if (name) return (object) => textAt(object, 'metadata', 'name') === name
  try {
    const matcher = compileLabelSelector({
      ...(labelSelector?.matchLabels && { matchLabels: labelSelector.matchLabels }),
      matchExpressions: (labelSelector?.matchExpressions ?? []).map(({ key, operator, values }) => ({
        key,
        operator,
        values: values ?? [],
      })),
    })
    return (object) => matcher.matches(stringsAt(object, 'metadata', 'labels'))
  } catch (error) {
    if (error instanceof SelectorError)
      throw new PlimsollError('invalid-application-set', `${asked.where}.labelSelector: ${error.message}.`)
    throw error
  }
}

/** An object without a status has not decided yet; one whose list is none says something that we do not understand. */
function decisionsOf(object: Readonly<Record<string, unknown>>, key: string, asked: Asked): Record<string, unknown>[] {
  const status = at(object, 'status')
  if (!isObject(status) || Object.keys(status).length === 0) return []
  const decisions = at(status, key)
  const name = textAt(object, 'metadata', 'name') ?? ''
  if (!Array.isArray(decisions)) throw failed(asked, `'${name}' has no list status.${key}`)
  const maps = listAt(status, key).filter(isObject)
  if (maps.length !== decisions.length) throw failed(asked, `status.${key} of '${name}' holds what is no map`)
  return maps
}

/** Not filled in from anything, as in Argo CD. */
function valuesOf({ values }: ClusterDecisionGenerator, asked: Asked): Parameters {
  const entries = Object.entries(values ?? {})
  if (entries.length === 0) return {}
  return isGo(asked) ? { values: new Map(entries) } : Object.fromEntries(entries.map(([key, value]) => [`values.${key}`, value]))
}

function failed({ where }: Asked, why: string): PlimsollError {
  return new PlimsollError('generator-failed', `${where}: ${why}.`)
}
