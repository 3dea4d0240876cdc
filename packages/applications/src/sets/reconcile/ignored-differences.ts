import { type ApplicationSet, PlimsollError } from '@plimsoll/api'
import { type KubeObject, objectKey } from '@plimsoll/kube'
import { type IgnoreRules, readIgnoreRules } from '../../ignore/ignore-rules.ts'
import { IgnoreStopped } from '../../ignore/ignore-steps.ts'
import type { JqThread } from '../../ignore/jq-thread.ts'
import { normalize } from '../../ignore/normalize.ts'
import { isDeepEqual } from '../../json.ts'
import { readDiffSettings } from '../../settings/diff-settings.ts'
import { restored } from './restored.ts'
import { setKind } from './set-object.ts'

const field = 'spec.ignoreApplicationDifferences'
/** The operator's rules are about what Applications deploy. */
const noSettings = readDiffSettings({})

/** What a set leaves alone in the Applications that it has made. Undefined: nothing. */
export function ignoredBy({ metadata, spec }: Pick<ApplicationSet, 'metadata' | 'spec'>): IgnoreRules | undefined {
  const rules = (spec.ignoreApplicationDifferences ?? []).map(({ name, jsonPointers, jqPathExpressions }) => ({
    group: setKind.group,
    kind: 'Application',
    ...(name && { name }),
    ...(jsonPointers && { jsonPointers }),
    ...(jqPathExpressions && { jqPathExpressions }),
  }))
  return readIgnoreRules(`set ${metadata.namespace ?? ''}/${metadata.name}`, rules, noSettings, field)
}

/**
 * An Application as its set wants it, but for what the set leaves alone: that is as it is in the cluster. The live object itself where nothing else differs.
 * Rejects with `PlimsollError` for an expression that does not end.
 */
export async function withIgnored(wanted: KubeObject, live: KubeObject, rules: IgnoreRules | undefined, jq: JqThread): Promise<KubeObject> {
  const own = rules?.forObject(objectKey(live))
  if (rules === undefined || own === undefined || isDeepEqual(wanted, live)) return wanted
  try {
    const { target, live: kept, ignored } = await normalize(rules, own, jq, { target: wanted, live, schema: undefined })
    if (ignored === undefined) return wanted
    return isDeepEqual(target, kept) ? live : (restored(wanted, live, ignored.target, ignored.live) as KubeObject)
  } catch (error) {
    if (!(error instanceof IgnoreStopped)) throw error
    const shown = error.expression.slice(0, 200)
    throw new PlimsollError('invalid-application-set', `${field}: jq was stopped in ${shown}: ${error.message}.`, { cause: error })
  }
}
