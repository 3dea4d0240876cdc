import type { LoadBalancerIngress } from './service.ts'

/** How the gateway is reached, as a status says it. A wildcard address is reached on loopback. */
export function gatewayIngress({ host }: { host: string; port: number }): LoadBalancerIngress[] {
  if (host === '0.0.0.0' || host === '::' || host === '') return [{ ip: '127.0.0.1' }]
  return /^[\d.]+$|:/.test(host) ? [{ ip: host }] : [{ hostname: host }]
}
