import { join } from 'node:path'
import { done, objectKey, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isAlreadyExists } from '../machinery/object-writer.ts'
import { quantityValue } from '../machinery/quantity.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { claimKind, storageClassKind, volumeKind, type NewObject } from '../kinds.ts'

export const provisionerName = 'plimsoll.dev/local-path'
export const storageClassName = 'standard'
const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class'

interface Claim extends KubeObject {
  spec: {
    storageClassName?: string
    volumeName?: string
    accessModes?: string[]
    volumeMode?: string
    resources?: { requests?: Record<string, string> }
    selector?: { matchLabels?: Record<string, string> }
  }
  status?: { phase?: string; accessModes?: string[]; capacity?: Record<string, string> }
}

interface Volume extends KubeObject {
  spec: {
    storageClassName?: string
    capacity?: Record<string, string>
    accessModes?: string[]
    persistentVolumeReclaimPolicy?: string
    claimRef?: { namespace?: string; name?: string; uid?: string }
  }
  status?: { phase?: string }
}

/** Binds claims to volumes that fit, and makes a directory of this machine a volume for those whose class is ours. */
export function claimBinder(machinery: Machinery): ControllerDefinition {
  const { cache, dataDir } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('persistentvolume-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    return key.kind === 'PersistentVolume' ? reconcileVolume(key) : reconcileClaim(key)
  }

  async function reconcileClaim(key: ObjectKey): Promise<Outcome> {
    const claim = cache.get(key) as Claim | undefined
    if (claim?.metadata.uid === undefined || writer.isDeleted(claim) || claim.metadata.deletionTimestamp !== undefined) return done
    const bound = claim.spec.volumeName === undefined ? undefined : volumeNamed(claim.spec.volumeName)
    if (claim.status?.phase === 'Bound' && bound === undefined) {
      await writer.updateStatus(claim, { ...claim.status, phase: 'Lost' })
      events.event(claim, 'Warning', 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
      return done
    }
    const volume = bound ?? existingFor(claim) ?? (await provision(claim))
    if (volume !== undefined) await bind(claim, volume)
    else if (claim.status?.phase !== 'Pending') await writer.updateStatus(claim, { ...claim.status, phase: 'Pending' })
    return done
  }

  async function bind(claim: Claim, volume: Volume): Promise<void> {
    const { namespace = '', name, uid } = claim.metadata
    if (volume.spec.claimRef?.uid !== uid) {
      // A claim that names a volume of somebody else waits.
      if (volume.spec.claimRef?.uid !== undefined) return
      await writer.merge(
        volume,
        { spec: { claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid } } },
        { sameVersion: true },
      )
    }
    let current = claim
    if (claim.spec.volumeName !== volume.metadata.name) {
      const annotations = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' }
      current = (await writer.merge(
        claim,
        { metadata: { annotations }, spec: { volumeName: volume.metadata.name } },
        { sameVersion: true },
      )) as Claim
    }
    const status = { ...current.status, phase: 'Bound', accessModes: volume.spec.accessModes ?? [], capacity: volume.spec.capacity ?? {} }
    if (!isSemanticallyEqual(status, current.status)) await writer.updateStatus(current, status)
  }

  /** The smallest free volume that fits. */
  function existingFor(claim: Claim): Volume | undefined {
    const wanted = quantityValue(claim.spec.resources?.requests?.['storage'])
    const size = (volume: Volume): number => quantityValue(volume.spec.capacity?.['storage'])
    const { uid, name, namespace } = claim.metadata
    return (cache.ofKind(volumeKind) as Volume[])
      .filter((volume) => {
        const { claimRef } = volume.spec
        if (volume.metadata.deletionTimestamp !== undefined) return false
        if (claimRef?.uid === uid) return true
        if (claimRef !== undefined) return claimRef.uid === undefined && claimRef.name === name && claimRef.namespace === namespace
        return (
          (volume.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
          size(volume) >= wanted &&
          (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))
        )
      })
      .sort((a, b) => Number(b.spec.claimRef !== undefined) - Number(a.spec.claimRef !== undefined) || size(a) - size(b))[0]
  }

  async function provision(claim: Claim): Promise<Volume | undefined> {
    const className = claim.spec.storageClassName ?? defaultClass()?.metadata.name
    const storageClass = className === undefined ? undefined : cache.get({ ...storageClassKind, namespace: '', name: className })
    if (className === undefined || className === '') {
      events.event(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
      return undefined
    }
    if (storageClass === undefined) {
      events.event(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`)
      return undefined
    }
    if (storageClass['provisioner'] !== provisionerName || dataDir === undefined) {
      const provisioner = String(storageClass['provisioner'])
      events.event(
        claim,
        'Normal',
        'ExternalProvisioning',
        `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      )
      return undefined
    }
    const wanted = buildVolume(claim, className, storageClass, dataDir)
    try {
      const volume = (await writer.create(volumeKind, wanted)) as Volume
      events.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata.name}`)
      return volume
    } catch (error) {
      if (isAlreadyExists(error)) return volumeNamed(wanted.metadata.name)
      throw error
    }
  }

  async function reconcileVolume(key: ObjectKey): Promise<Outcome> {
    const volume = cache.get(key) as Volume | undefined
    if (volume?.metadata.uid === undefined || writer.isDeleted(volume) || volume.metadata.deletionTimestamp !== undefined) return done
    const { claimRef } = volume.spec
    const claim =
      claimRef?.uid === undefined ? undefined : cache.get({ ...claimKind, namespace: claimRef.namespace ?? '', name: claimRef.name ?? '' })
    const isClaimed = claim !== undefined && claim.metadata.uid === claimRef?.uid && !writer.isDeleted(claim)
    if (claimRef?.uid !== undefined && !isClaimed) return release(volume, claimRef)
    const phase = isClaimed ? 'Bound' : 'Available'
    if (volume.status?.phase !== phase) await writer.updateStatus(volume, { ...volume.status, phase })
    return done
  }

  async function release(volume: Volume, claimRef: { namespace?: string; name?: string; uid?: string }): Promise<Outcome> {
    // The cache may be behind: a claim is gone only when the API says so.
    const fresh = await machinery.context.client.get(await writer.typeOf(claimKind.apiVersion, claimKind.kind), {
      namespace: claimRef.namespace ?? '',
      name: claimRef.name ?? '',
    })
    if (fresh?.metadata.uid === claimRef.uid) return { again: { afterMs: 1000, reason: 'the cache is behind' } }
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') await writer.delete(volume)
    else if (volume.status?.phase !== 'Released') await writer.updateStatus(volume, { ...volume.status, phase: 'Released' })
    return done
  }

  function volumeNamed(name: string): Volume | undefined {
    const volume = cache.get({ ...volumeKind, namespace: '', name }) as Volume | undefined
    return volume === undefined || writer.isDeleted(volume) ? undefined : volume
  }

  function defaultClass(): KubeObject | undefined {
    return cache.ofKind(storageClassKind).find((one) => one.metadata.annotations?.[defaultClassAnnotation] === 'true')
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'StorageClass') {
      for (const claim of cache.ofKind(claimKind) as Claim[]) if (claim.status?.phase !== 'Bound') yield objectKey(claim)
      return
    }
    yield key
    if (key.kind === 'PersistentVolumeClaim') {
      const name = ((current ?? previous) as Claim | undefined)?.spec.volumeName
      if (name !== undefined) yield { ...volumeKind, namespace: '', name }
      return
    }
    const claimRef = ((current ?? previous) as Volume | undefined)?.spec.claimRef
    if (claimRef?.name !== undefined) yield { ...claimKind, namespace: claimRef.namespace ?? '', name: claimRef.name }
    else for (const claim of cache.ofKind(claimKind) as Claim[]) if (claim.status?.phase !== 'Bound') yield objectKey(claim)
  }

  // One at a time, so that a free volume is given to one claim.
  return { name: 'persistentvolume-controller', sources: [storageClassKind, volumeKind, claimKind], keysOf, reconcile, workers: 1 }
}

/** The kubelet keeps a claim's files below `kubelet/claims`, by the claim's UID. */
function buildVolume(claim: Claim, className: string, storageClass: KubeObject, dataDir: string): NewObject {
  const { namespace = '', name, uid = '' } = claim.metadata
  return {
    metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': provisionerName } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '1Gi' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: (storageClass['reclaimPolicy'] as string | undefined) ?? 'Delete',
      storageClassName: className,
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: { path: join(dataDir, 'kubelet', 'claims', uid), type: 'DirectoryOrCreate' },
    },
  }
}

/** The class that claims without one get. */
export const standardStorageClass: NewObject = {
  metadata: { name: storageClassName, annotations: { [defaultClassAnnotation]: 'true' } },
  provisioner: provisionerName,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
}
