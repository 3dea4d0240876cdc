/**
 * The way from outside to what runs in the embedded cluster.
 *
 * Terminology
 * - target: the Service and port that a request is for, by its Host header and path. - endpoint: where one ready pod of it listens.
 * - listing: what the gateway itself answers on the names of this machine when no Ingress without a host does.
 */
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts'
export { latencyBuckets, type ServiceMetrics } from './access-metrics.ts'
export { createServiceProxy, type ServiceProxy, type ServiceProxyOptions } from './service-proxy.ts'
