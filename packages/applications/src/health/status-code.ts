import type { HealthStatusCode } from '@plimsoll/api'

/** From best to worst (argo-cd `gitops-engine/pkg/health/health.go`). */
const order: readonly HealthStatusCode[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown']

export function isWorse(than: HealthStatusCode, status: HealthStatusCode): boolean {
  return order.indexOf(status) > order.indexOf(than)
}

export function isStatusCode(text: unknown): text is HealthStatusCode {
  return order.some((code) => code === text)
}
