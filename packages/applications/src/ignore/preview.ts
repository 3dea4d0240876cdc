import type { ApplicationSpec } from '@plimsoll/api'
import { type KubeObject, objectKey } from '@plimsoll/kube'
import { formatPath } from '../comparison/path.ts'
import { isObject } from '../json.ts'
import { SecretMasker } from '../masking.ts'
import { readDiffSettings } from '../settings/diff-settings.ts'
import { readIgnoreRules } from './ignore-rules.ts'
import { createJqThread } from './jq-thread.ts'
import { addRemovals, noRemoval, removedFields, without } from './removal.ts'

export interface IgnorePreview {
  /** The object and what a comparison would see of it. The values of Secrets are masked. */
  object: unknown
  kept: unknown
  ignored: { path: string; rule: string }[]
  /** What is wrong with the rules, expressions that do not fit this object, and what only a live object can tell. */
  notes: string[]
}

/** What rules would leave out of an object: a way to try them. Rejects with `IgnoreStopped`. */
export async function previewIgnored(
  object: KubeObject,
  said: {
    ignoreDifferences?: ApplicationSpec['ignoreDifferences']
    settings?: Record<string, string>
    parameters?: Record<string, string>
  },
): Promise<IgnorePreview> {
  const settings = readDiffSettings(said.settings ?? {}, said.parameters)
  const rules = readIgnoreRules('preview', said.ignoreDifferences, settings)
  const own = rules?.forObject(objectKey(object))
  const problems = [...new Set([...(rules?.problems ?? []), ...(own?.problems ?? [])])]
  const notes = [...settings.problems, ...problems]
  const masker = new SecretMasker(settings.sensitiveAnnotations)
  const masked = masker.mask(object)
  if (!rules || !own || problems.length > 0) return { object: masked, kept: masked, ignored: [], notes }
  if (own.managers.length > 0) notes.push(`managedFieldsManagers (${own.managers.join(', ')}) count for live objects only`)
  const jq = createJqThread()
  try {
    const { removals, unfit } = await jq.removals({
      steps: own.steps,
      documents: [object],
      timeoutMs: rules.jqTimeoutMs,
      group: rules.group,
    })
    const fields = removals.flatMap((removal) => removedFields(removal))
    const removal = noRemoval()
    addRemovals(removal, fields)
    const kept = without(object, removal)
    const fieldsLeft = isObject(kept) ? kept : {}
    const { apiVersion, kind } = object
    const metadata = (isObject(fieldsLeft.metadata) ? fieldsLeft.metadata : {}) as unknown as KubeObject['metadata']
    return {
      object: masked,
      kept: masker.mask({ ...fieldsLeft, apiVersion, kind, metadata }),
      ignored: fields.map(({ path, rule }) => ({
        path: formatPath(path.map((key) => (typeof key === 'number' ? { index: key } : { field: key }))),
        rule,
      })),
      notes: [...notes, ...unfit],
    }
  } finally {
    await jq.close()
  }
}
