import type { HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { textAt } from '../../json.ts'
import { type HealthCheck, statusOf } from '../health-status.ts'
import { byConditions, readyRules } from './conditions.ts'

/** cert-manager, with certificates and issuers as Argo CD has them (argo-cd `resource_customizations/cert-manager.io`, 3.x). */
export const certManager: Record<string, HealthCheck> = {
  'cert-manager.io/Certificate': byConditions('Waiting for certificate', [
    { type: 'Issuing', status: 'True', as: 'Progressing' },
    ...readyRules,
  ]),
  'cert-manager.io/Issuer': byConditions('Initializing issuer', readyRules),
  'cert-manager.io/ClusterIssuer': byConditions('Initializing ClusterIssuer', readyRules),
  // While it waits, Ready is False with the reason Pending (cert-manager docs, CertificateRequest conditions).
  'cert-manager.io/CertificateRequest': byConditions('Waiting for CertificateRequest', [
    { type: 'InvalidRequest', status: 'True', as: 'Degraded' },
    { type: 'Denied', status: 'True', as: 'Degraded' },
    { type: 'Ready', status: 'True', as: 'Healthy' },
    { type: 'Ready', status: 'False', reasons: ['Failed', 'Denied'], as: 'Degraded' },
    { type: 'Ready', status: 'False', as: 'Progressing' },
  ]),
  'acme.cert-manager.io/Order': acmeHealth,
  'acme.cert-manager.io/Challenge': acmeHealth,
  'certmanager.k8s.io/Certificate': byConditions('Waiting for certificate', readyRules),
  'certmanager.k8s.io/Issuer': byConditions('Initializing issuer', readyRules),
}

/** RFC 8555, section 7.1.6. */
const acmeStates = new Map<string, HealthStatusCode>([
  ['valid', 'Healthy'],
  ['invalid', 'Degraded'],
  ['errored', 'Degraded'],
  ['expired', 'Degraded'],
])

function acmeHealth(object: KubeObject): ReturnType<HealthCheck> {
  const state = textAt(object, 'status', 'state') ?? ''
  const status = acmeStates.get(state) ?? 'Progressing'
  return statusOf(status, textAt(object, 'status', 'reason') ?? (state === '' ? 'Waiting for the first answer' : `It is ${state}`))
}
