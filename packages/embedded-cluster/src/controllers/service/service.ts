import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'

/** The part of core/v1 Service that controllers look at. */
export interface Service extends KubeObject {
  spec: {
    type?: string
    clusterIP?: string
    clusterIPs?: string[]
    selector?: Record<string, string>
    ports?: ServicePort[]
    publishNotReadyAddresses?: boolean
    loadBalancerClass?: string
  }
  status?: { conditions?: Condition[]; loadBalancer?: { ingress?: LoadBalancerIngress[] } }
}

export interface ServicePort {
  name?: string
  protocol?: string
  appProtocol?: string
  port: number
  targetPort?: number | string
  nodePort?: number
}

export interface LoadBalancerIngress {
  ip?: string
  hostname?: string
  ipMode?: string
  ports?: { port: number; protocol: string }[]
}

export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None'
}
