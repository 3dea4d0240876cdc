import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeClient, KubeObject } from '@plimsoll/kube'

export interface ReclaimContext {
  client: KubeClient
  /** Where the data of persistent volume claims is, by their UID. */
  claimsFolder: string
}

interface Volume extends KubeObject {
  spec?: { persistentVolumeReclaimPolicy?: string; claimRef?: { uid?: string } }
}

/** The provisioner of `controllers/volumes`. What others have provisioned is theirs. */
const provisioner = 'plimsoll.dev/local-path'

/**
 * Removes the data of a volume that is gone, if it was made here and its policy is Delete. Only what the API denies is gone: volume and claim are
 * asked for once more. Answers whether anything was removed.
 */
export async function reclaimVolume(deleted: KubeObject, { client, claimsFolder }: ReclaimContext): Promise<boolean> {
  const { metadata, spec } = deleted as Volume
  const uid = spec?.claimRef?.uid ?? ''
  if (metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== provisioner || spec?.persistentVolumeReclaimPolicy !== 'Delete')
    return false
  // It becomes the name of a folder that is removed.
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uid) || metadata.name !== `pvc-${uid}`) return false
  const [volumeType, claimType] = await Promise.all([client.typeOf('v1', 'PersistentVolume'), client.typeOf('v1', 'PersistentVolumeClaim')])
  if (volumeType === undefined || claimType === undefined) return false
  const [volume, claims] = await Promise.all([client.get(volumeType, { name: metadata.name }), client.list(claimType)])
  // By UID: where the volume says that its claim is, anybody may have written.
  if (volume !== undefined || claims.items.some((claim) => claim.metadata.uid === uid)) return false
  await rm(join(claimsFolder, uid), { recursive: true, force: true })
  return true
}
