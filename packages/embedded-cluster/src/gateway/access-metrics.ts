/** Seconds. Prometheus' usual ones for a request. */
export const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface ServiceMetrics {
  namespace: string
  service: string
  /** Requests by class of their status: `2xx`, `5xx`. */
  requests: Record<string, number>
  /** Requests that took no longer than the bucket of the same index; cumulative, as in Prometheus. */
  buckets: number[]
  count: number
  sumSeconds: number
}

export interface AccessMetrics {
  record(namespace: string, service: string, status: number, seconds: number): void
  all(): ServiceMetrics[]
}

/** Services that were deleted are forgotten, oldest first, beyond this many. */
const mostServices = 5000

export function createAccessMetrics(): AccessMetrics {
  const services = new Map<string, ServiceMetrics>()
  return {
    record(namespace, service, status, seconds) {
      const key = `${namespace}/${service}`
      const metrics = services.get(key) ?? {
        namespace,
        service,
        requests: {},
        buckets: latencyBuckets.map(() => 0),
        count: 0,
        sumSeconds: 0,
      }
      if (!services.has(key)) {
        services.set(key, metrics)
        const oldest = services.size > mostServices ? services.keys().next().value : undefined
        if (oldest !== undefined) services.delete(oldest)
      }
      const statusClass = `${Math.floor(status / 100)}xx`
      metrics.requests[statusClass] = (metrics.requests[statusClass] ?? 0) + 1
      latencyBuckets.forEach((bound, index) => {
        if (seconds <= bound) metrics.buckets[index] = (metrics.buckets[index] ?? 0) + 1
      })
      metrics.count++
      metrics.sumSeconds += seconds
    },
    all: () => [...services.values()].map((metrics) => ({ ...metrics, requests: { ...metrics.requests }, buckets: [...metrics.buckets] })),
  }
}
