import { createHmac, randomBytes } from 'node:crypto'
import type { KubeObject, TypeSchema } from '@plimsoll/kube'
import { type JqValue, jsonText } from '../jq/index.ts'
import { isObject } from '../json.ts'
import { isCoreSecret } from '../masking.ts'
import type { IgnoreRules, ObjectRules } from './ignore-rules.ts'
import { removalBy } from './ignore-steps.ts'
import type { JqThread } from './jq-thread.ts'
import { fieldsOwnedBy } from './owned-fields.ts'
import { addRemovals, isNothingRemoved, noRemoval, removedFields, type Removal, type RemovedField, without } from './removal.ts'

/** Both sides of an object as they count for its comparison. */
export interface Normalized {
  target: KubeObject
  live: KubeObject
  /** What was left out of each; undefined: nothing. */
  ignored: Ignored | undefined
}

export interface Ignored {
  target: Removal
  live: Removal
}

/** Leaves out of both sides what the rules say. Rejects with `IgnoreStopped` when they cannot tell. */
export async function normalize(
  rules: IgnoreRules,
  own: ObjectRules,
  jq: JqThread,
  { target, live, schema }: { target: KubeObject; live: KubeObject; schema: TypeSchema | undefined },
): Promise<Normalized> {
  const ignored: Ignored = { target: noRemoval(), live: noRemoval() }
  if (own.managers.length > 0) {
    const owned = fieldsOwnedBy(own.managers, { target, live, schema })
    const rule = `managedFieldsManagers: ${own.managers.join(', ')}`
    for (const side of ['target', 'live'] as const)
      addRemovals(
        ignored[side],
        owned[side].map((path) => ({ path, rule })),
      )
  }
  if (own.steps.length > 0) {
    const documents = [without(target, ignored.target), without(live, ignored.live)]
    const removals = own.needsJq
      ? await askJq(rules, own, jq, documents)
      : documents.map((document) => removalBy(own.steps, document, noJq))
    for (const [index, side] of (['target', 'live'] as const).entries()) {
      const fields = removedFields(removals[index] ?? noRemoval())
      addRemovals(ignored[side], isCoreSecret(live) ? fields.map((field) => sealed(field, documents[index])) : fields)
    }
  }
  if (isNothingRemoved(ignored.target) && isNothingRemoved(ignored.live)) return { target, live, ignored: undefined }
  return { target: reduced(target, ignored.target), live: reduced(live, ignored.live), ignored }
}

async function askJq({ jqTimeoutMs, group }: IgnoreRules, { steps }: ObjectRules, jq: JqThread, documents: unknown[]): Promise<Removal[]> {
  return (await jq.removals({ steps, documents, timeoutMs: jqTimeoutMs, group })).removals
}

const sealKey = randomBytes(32)

/**
 * A program may put what a Secret holds anywhere, into a label or even a name, where no mask is looked for. What it makes of a Secret is therefore known by
 * its digest alone, under a key that nobody knows: equal values stay equal.
 */
function sealed(field: RemovedField, document: unknown): RemovedField {
  if (!field.shownAs) return field
  const name = field.path.at(-1)
  const parent = field.path
    .slice(0, -1)
    .reduce<unknown>((value, key) => (isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined), document)
  const isNew = typeof name === 'string' && !(isObject(parent) && Object.hasOwn(parent, name))
  return {
    ...field,
    path: isNew ? [...field.path.slice(0, -1), seal(name)] : field.path,
    shownAs: { value: seal(field.shownAs.value) },
  }
}

function seal(value: unknown): string {
  return `++++++++ ${createHmac('sha256', sealKey)
    .update(jsonText(value as JqValue))
    .digest('hex')
    .slice(0, 16)}`
}

/** Pointers alone need none. */
const noJq = {
  expression: (text: string): never => {
    throw new Error(`${text} is asked of jq`)
  },
  timeoutMs: 0,
}

/** What says which object it is, and who owns what of it, is there whatever is ignored. */
function reduced(object: KubeObject, removal: Removal): KubeObject {
  const kept = without(object, removal)
  const fields = isObject(kept) ? kept : {}
  const { name, namespace, managedFields } = object.metadata
  return {
    ...fields,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...(isObject(fields.metadata) ? fields.metadata : {}),
      name,
      ...(namespace !== undefined && { namespace }),
      ...(managedFields && { managedFields }),
    },
  }
}
