import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at } from '../../json.ts'
import { type Condition, conditionsOf, degraded, type HealthCheck, healthy, progressing, suspended } from '../health-status.ts'

interface FluxRules {
  /** Besides `Ready`: one of these has to be true as well. */
  alsoTrue?: readonly string[]
  /** What `Ready` says while the controller works; undefined: such an object is never on its way. */
  waits?: 'Unknown' | 'False'
  /** Why the controller works, where not every reason is one to wait for. */
  reasons?: readonly string[]
}

const stored: FluxRules = { alsoTrue: ['ArtifactInStorage'], waits: 'Unknown' }
const applied: FluxRules = { waits: 'Unknown' }

/** Flux (argo-cd `resource_customizations/*.toolkit.fluxcd.io`, 3.x). */
export const flux: Record<string, HealthCheck> = {
  'source.toolkit.fluxcd.io/Bucket': fluxHealth(stored),
  'source.toolkit.fluxcd.io/GitRepository': fluxHealth(stored),
  'source.toolkit.fluxcd.io/HelmChart': fluxHealth(stored),
  'source.toolkit.fluxcd.io/HelmRepository': helmRepositoryHealth,
  'source.toolkit.fluxcd.io/OCIRepository': fluxHealth(stored),
  'kustomize.toolkit.fluxcd.io/Kustomization': fluxHealth(applied),
  'helm.toolkit.fluxcd.io/HelmRelease': fluxHealth({ ...applied, alsoTrue: ['Released', 'TestSuccess'] }),
  'image.toolkit.fluxcd.io/ImageUpdateAutomation': fluxHealth(applied),
  'image.toolkit.fluxcd.io/ImageRepository': fluxHealth({ waits: 'False', reasons: ['NewGeneration', 'Scanning'] }),
  'image.toolkit.fluxcd.io/ImagePolicy': fluxHealth({
    waits: 'False',
    reasons: ['NewGeneration', 'AccessingRepository', 'ApplyingPolicy'],
  }),
  'notification.toolkit.fluxcd.io/Receiver': fluxHealth({}),
}

/** What the registry of an OCI repository of charts is like nobody looks at before a chart is wanted. */
function helmRepositoryHealth(object: KubeObject): HealthStatus | undefined {
  if (at(object, 'spec', 'suspend') !== true && at(object, 'spec', 'type') === 'oci')
    return healthy("Helm repositories of type 'oci' do not contain any information in the status.")
  return fluxHealth(stored)(object)
}

function fluxHealth({ alsoTrue, waits, reasons }: FluxRules): HealthCheck {
  return (object) => {
    if (at(object, 'spec', 'suspend') === true) return suspended(`${object.kind} is suspended`)
    if (!Array.isArray(at(object, 'status', 'conditions'))) return progressing('Status unknown')
    const conditions = conditionsOf(object)
    const ready = conditions.find(({ type }) => type === 'Ready')
    const message = messageOf(ready, conditions)
    const isWorking = conditions.some(
      ({ type, status, reason }) => type === 'Reconciling' && status === 'True' && (reasons?.includes(reason) ?? true),
    )
    if (isWorking && waits !== undefined && ready?.status === waits) return progressing(message)
    const isTrue = (wanted: string): boolean => conditions.some(({ type, status }) => type === wanted && status === 'True')
    return isTrue('Ready') && (alsoTrue?.some(isTrue) ?? true) ? healthy(message) : degraded(message)
  }
}

function messageOf(ready: Condition | undefined, conditions: readonly Condition[]): string {
  const outdated = conditions.find(({ type, status }) => type === 'ArtifactOutdated' && status === 'True')
  return [ready?.reason ?? '', ...(outdated ? [outdated.reason] : [])].join(' ')
}
