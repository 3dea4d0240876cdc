import { annotations } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { type ArgoObject, isMap, textsOf } from './argo-object.ts'
import { othersHold } from './hold.ts'
import { automationOf, ourNotes, withoutOurNotes, withoutServerFields } from './plain-object.ts'

/** What an object loses on its way to Argo CD; with `isLeft` it is not written at all. */
export interface PlainObject {
  object: KubeObject
  lost: string[]
  isLeft: boolean
}

/** Written along by a migration, or by the server for itself: Argo CD misses nothing. */
const unmissed = new Set<string>([annotations.argocdState, annotations.handedOver, annotations.replicasBefore])

const meanings: Readonly<Record<string, string>> = {
  [annotations.renderWithBinary]: 'Argo CD renders by the real tools anyway',
  [annotations.randomValues]: 'random values of charts are new with each revision there',
  [annotations.randomRotation]: 'random values of charts are new with each revision there',
}

/** An object as Argo CD knows it: without what a server has set, and without what only Plimsoll knows. */
export function toPlain({ object, part }: ArgoObject): PlainObject {
  const { object: plain, fields } = withoutOurFields(withoutOurNotes(withoutServerFields(object)), part)
  const hold = othersHold(object.metadata.annotations?.[annotations.hold])
  const lost = ourNotes(object)
    .filter((name) => !unmissed.has(name) && name !== annotations.hold)
    .map((name) => `annotation ${name}: ${Object.hasOwn(meanings, name) ? meanings[name] : 'Argo CD does not know it'}`)
  lost.push(...fields.map((field) => `${field}: Argo CD does not know it`))
  if (part === 'application' && hold !== undefined && automationOf(object['spec'])) {
    const automated = JSON.stringify(automationOf(object['spec']))
    lost.push(`the hold (${hold}): Argo CD knows none, and would sync at once. syncPolicy.automated is left out; it was ${automated}`)
    return { object: withoutAutomation(plain), lost, isLeft: false }
  }
  if (part === 'project') {
    for (const key of sshKeys(object['spec']))
      lost.push(`spec.signatureKeys ${key}: Argo CD knows no keys of SSH, and refuses what they sign`)
    return { object: plain, lost, isLeft: false }
  }
  if (part === 'set') {
    const generators = ownGenerators(object['spec'])
    for (const generator of generators)
      lost.push(`it is not written: ${generator} asks Plimsoll, and without it the set would lose applications`)
    return { object: plain, lost, isLeft: generators.length > 0 }
  }
  if (part === 'settings' && object.metadata.name === 'argocd-cm') {
    const data = textsOf(object['data'])
    const rules = Object.keys(data).filter(
      (key) => key.startsWith('resource.customizations.health.cel.') && /^\s*(#.*\n\s*)*(-\s|\[)/.test(data[key] ?? ''),
    )
    for (const key of rules) {
      lost.push(`${key}: a check in CEL, which Argo CD does not have`)
      delete data[key]
    }
    return { object: { ...plain, data }, lost, isLeft: false }
  }
  return { object: plain, lost, isLeft: false }
}

/** Fields of an Application's spec that only Plimsoll knows. */
export const ownSpecFields = ['dependsOn'] as const

function withoutOurFields(object: KubeObject, part: ArgoObject['part']): { object: KubeObject; fields: string[] } {
  const spec = object['spec']
  if (part === 'application') {
    const { kept, fields } = withoutOwn(spec)
    return { object: fields.length === 0 ? object : { ...object, spec: kept }, fields: fields.map((name) => `spec.${name}`) }
  }
  if (part !== 'set' || !isMap(spec) || !isMap(spec['template'])) return { object, fields: [] }
  const { kept, fields } = withoutOwn(spec['template']['spec'])
  if (fields.length === 0) return { object, fields }
  return {
    object: { ...object, spec: { ...spec, template: { ...spec['template'], spec: kept } } },
    fields: fields.map((name) => `spec.template.spec.${name}`),
  }
}

function withoutOwn(spec: unknown): { kept: unknown; fields: string[] } {
  if (!isMap(spec)) return { kept: spec, fields: [] }
  const fields = ownSpecFields.filter((name) => Object.hasOwn(spec, name))
  return { kept: Object.fromEntries(Object.entries(spec).filter(([name]) => !fields.some((own) => own === name))), fields }
}

/** `enabled: false` would say it better, and versions of Argo CD that do not know it would sync (argo-cd 3.0 and before). */
function withoutAutomation(application: KubeObject): KubeObject {
  const spec = application['spec'] as { syncPolicy: { automated?: object } }
  const { automated: _automated, ...syncPolicy } = spec.syncPolicy
  return { ...application, spec: { ...spec, syncPolicy } }
}

/** They stay: without them Argo CD might ask for no signature at all. */
function sshKeys(spec: unknown): string[] {
  const keys = isMap(spec) && Array.isArray(spec['signatureKeys']) ? (spec['signatureKeys'] as unknown[]) : []
  return keys.flatMap((key) => (isMap(key) && typeof key['keyID'] === 'string' && key['keyID'].startsWith('SHA256:') ? [key['keyID']] : []))
}

/** Generators that list the repositories or pull requests that live here, at any depth. */
function ownGenerators(spec: unknown): string[] {
  const found: string[] = []
  function visit(value: unknown, path: string): void {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${path}[${index}]`)
    if (!isMap(value)) return
    for (const kind of ['scmProvider', 'pullRequest'])
      if (isMap(value[kind]) && isMap(value[kind]['plimsoll'])) found.push(`${path}.${kind}.plimsoll`)
    for (const kind of ['matrix', 'merge']) if (isMap(value[kind])) visit(value[kind]['generators'], `${path}.${kind}.generators`)
  }
  visit(isMap(spec) ? spec['generators'] : undefined, 'spec.generators')
  return found
}
