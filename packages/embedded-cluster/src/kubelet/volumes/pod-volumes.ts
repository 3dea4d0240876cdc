import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve, sep } from 'node:path'
import type { Pod, Volume } from '../pod.ts'
import { writeAtomically } from './atomic-directory.ts'
import { readPayload, type PayloadContext } from './volume-payload.ts'

export interface VolumeContext extends PayloadContext {
  /** The pod's own directory of volumes. */
  folder: string
  /** Where the data of persistent volume claims is, for all pods. */
  claimsFolder: string
  /** Folders of this machine that a hostPath may lie in. */
  allowedHostPaths: readonly string[]
}

/** Where each volume of a pod really is, by its name, or what is in the way. */
export type VolumesResult = { paths: Map<string, string> } | { problem: string }

/**
 * Makes a pod's volumes, and brings those that show objects up to date. A kubelet mounts all of them or none.
 */
export async function setUpVolumes(pod: Pod, context: VolumeContext): Promise<VolumesResult> {
  const paths = new Map<string, string>()
  for (const volume of pod.spec.volumes ?? []) {
    const result = await setUp(pod, volume, context)
    if ('problem' in result) return { problem: `MountVolume.SetUp failed for volume "${volume.name}" : ${result.problem}` }
    paths.set(volume.name, result.path)
  }
  return { paths }
}

async function setUp(pod: Pod, volume: Volume, context: VolumeContext): Promise<{ path: string } | { problem: string }> {
  const path = join(context.folder, volume.name)
  const payload = await readPayload(pod, volume, context)
  if (payload !== undefined) {
    if ('problem' in payload) return payload
    writeAtomically(path, payload.files)
    return { path }
  }
  if (volume.emptyDir || volume['ephemeral']) {
    mkdirSync(path, { recursive: true, mode: 0o777 })
    return { path }
  }
  if (volume.persistentVolumeClaim) {
    const { claimName } = volume.persistentVolumeClaim
    const claim = await context.reader.claim(pod.metadata.namespace ?? '', claimName)
    if (claim === undefined) return { problem: `persistentvolumeclaim "${claimName}" not found` }
    const folder = join(context.claimsFolder, safeName(claim.metadata.uid ?? ''))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return { path: folder }
  }
  if (volume.hostPath) return hostPath(volume.hostPath.path, context.allowedHostPaths)
  const kind = Object.keys(volume).find((name) => name !== 'name') ?? 'unknown'
  return {
    problem: `this node has no volumes of type ${kind}: use configMap, secret, emptyDir, downwardAPI, projected or persistentVolumeClaim`,
  }
}

/** Pods run as the user who started the cluster, so a path of the machine is refused unless the operator has allowed it. */
function hostPath(path: string, allowed: readonly string[]): { path: string } | { problem: string } {
  const refused = {
    problem: `hostPath ${JSON.stringify(path)} is not allowed on this node: pods must not see the files of the machine; use persistentVolumeClaim or emptyDir`,
  }
  if (!isAbsolute(path)) return refused
  let real: string
  try {
    real = realpathSync(resolve(path))
    statSync(real)
  } catch {
    return allowed.length === 0 ? refused : { problem: `hostPath type check failed: ${path} does not exist` }
  }
  return allowed.some((folder) => real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    ? { path: real }
    : refused
}

/** A name that comes from the API becomes part of a path only if it is a plain word. */
export function safeName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(name) || name.includes('..'))
    throw new Error(`not a safe file name: ${JSON.stringify(name)}`)
  return name
}
