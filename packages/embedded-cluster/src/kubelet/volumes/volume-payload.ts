import { valuesOf, type ConfigReader } from '../config-reader.ts'
import { readField, readResourceField, type MachineCapacity, type PodAddresses } from '../field-reference.ts'
import { allContainers, type DownwardItem, type KeyToPath, type Pod, type Volume } from '../pod.ts'

export interface PayloadFile {
  content: Buffer
  mode: number
}

/** The files of a volume by relative path, or why they cannot be had, in the words of a kubelet. */
export type Payload = { files: Map<string, PayloadFile> } | { problem: string }

export interface PayloadContext {
  reader: ConfigReader
  addresses: PodAddresses
  machine: MachineCapacity
  /** For projected service account tokens; without it such a file is left out. */
  serviceAccountToken?: ((pod: Pod, audience: string | undefined, expirationSeconds: number) => Promise<string | undefined>) | undefined
}

/** core/v1: defaultMode of ConfigMap, Secret, downward API and projected volumes. */
const usualMode = 0o644

/** Undefined for a volume whose content is not made from objects. */
export async function readPayload(pod: Pod, volume: Volume, context: PayloadContext): Promise<Payload | undefined> {
  const files = new Map<string, PayloadFile>()
  const namespace = pod.metadata.namespace ?? ''
  const { configMap, secret, downwardAPI, projected } = volume

  const addObject = async (kind: 'configmap' | 'secret', name: string, items: KeyToPath[] | undefined, mode: number, optional: boolean) => {
    const object = await (kind === 'configmap' ? context.reader.configMap(namespace, name) : context.reader.secret(namespace, name))
    if (object === undefined) return optional ? undefined : `${kind} "${name}" not found`
    const values = valuesOf(object)
    const wanted = items ?? [...values.keys()].map((key): KeyToPath => ({ key, path: key }))
    for (const item of wanted) {
      const content = values.get(item.key)
      if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode })
      else if (!optional) return `references non-existent ${kind === 'configmap' ? 'config' : 'secret'} key: ${item.key}`
    }
    return undefined
  }
  const addFields = (items: DownwardItem[] | undefined, mode: number) => {
    for (const item of items ?? []) {
      const text = downwardText(pod, item, context)
      if (text === undefined) return `unsupported field in downward API item ${item.path}`
      files.set(item.path, { content: Buffer.from(text), mode: item.mode ?? mode })
    }
    return undefined
  }

  let problem: string | undefined
  if (configMap)
    problem = await addObject('configmap', configMap.name, configMap.items, configMap.defaultMode ?? usualMode, configMap.optional === true)
  else if (secret)
    problem = await addObject('secret', secret.secretName, secret.items, secret.defaultMode ?? usualMode, secret.optional === true)
  else if (downwardAPI) problem = addFields(downwardAPI.items, downwardAPI.defaultMode ?? usualMode)
  else if (projected) {
    const mode = projected.defaultMode ?? usualMode
    for (const source of projected.sources ?? []) {
      if (source.configMap)
        problem ??= await addObject('configmap', source.configMap.name, source.configMap.items, mode, source.configMap.optional === true)
      else if (source.secret)
        problem ??= await addObject('secret', source.secret.name, source.secret.items, mode, source.secret.optional === true)
      else if (source.downwardAPI) problem ??= addFields(source.downwardAPI.items, mode)
      else if (source.serviceAccountToken) {
        const { path, audience, expirationSeconds } = source.serviceAccountToken
        const token = await context.serviceAccountToken?.(pod, audience, expirationSeconds ?? 3600)
        if (token !== undefined) files.set(path, { content: Buffer.from(token), mode: 0o600 })
      }
    }
  } else return undefined

  for (const path of files.keys()) if (!isSafePath(path)) problem ??= `invalid path: ${JSON.stringify(path)} must stay within the volume`
  return problem === undefined ? { files } : { problem }
}

function downwardText(pod: Pod, item: DownwardItem, context: PayloadContext): string | undefined {
  if (item.fieldRef) return readField(pod, item.fieldRef.fieldPath, context.addresses)
  const selector = item.resourceFieldRef
  const container = selector && allContainers(pod).find(({ name }) => name === selector.containerName)
  return container && readResourceField(container, selector, context.machine)
}

/** Relative, below the volume, and not one of the names that the volume itself uses (they begin with `..`). */
export function isSafePath(path: string): boolean {
  return (
    path !== '' &&
    !path.includes('\0') &&
    !path.startsWith('..') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}
