import type { KubeObject } from '@plimsoll/kube'
import { at } from '../../json.ts'
import { type BuiltInAction, changing, setAt, timeText } from './change.ts'

const requestedAt = 'reconcile.fluxcd.io/requestedAt'

function isSuspended(object: KubeObject): boolean {
  return at(object, 'spec', 'suspend') === true
}

const suspension: BuiltInAction[] = [
  changing('resume', { isDisabled: (object) => !isSuspended(object) }, (object) => setAt(object, ['spec', 'suspend'], false)),
  changing('suspend', { isDisabled: isSuspended }, (object) => setAt(object, ['spec', 'suspend'], true)),
]

/** Any other value than the last makes the controller look at once. */
const reconcile = changing('reconcile', { isDisabled: isSuspended }, (object, { now }) =>
  setAt(object, ['metadata', 'annotations', requestedAt], `By Argo CD at: ${timeText(now).slice(0, -1)}`),
)

const reconciled = [
  'helm.toolkit.fluxcd.io/HelmRelease',
  'image.toolkit.fluxcd.io/ImageRepository',
  'image.toolkit.fluxcd.io/ImageUpdateAutomation',
  'kustomize.toolkit.fluxcd.io/Kustomization',
  'notification.toolkit.fluxcd.io/Receiver',
  ...['Bucket', 'GitRepository', 'HelmChart', 'HelmRepository', 'OCIRepository'].map((kind) => `source.toolkit.fluxcd.io/${kind}`),
]
const suspended = ['notification.toolkit.fluxcd.io/Alert', 'notification.toolkit.fluxcd.io/Provider']

/** Flux (argo-cd `resource_customizations/*.toolkit.fluxcd.io`, 3.x). */
export const fluxes: Record<string, BuiltInAction[]> = Object.fromEntries([
  ...reconciled.map((kind) => [kind, [...suspension, reconcile]] as const),
  ...suspended.map((kind) => [kind, suspension] as const),
])
