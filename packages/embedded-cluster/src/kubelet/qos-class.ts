import { quantityNumber, tryParseQuantity } from '@plimsoll/kube'
import { allContainers, type Pod, type ResourceList } from './pod.ts'

/** pkg/apis/core/v1/helper/qos: only CPU and memory count, and only values above zero. */
const counted = ['cpu', 'memory'] as const

export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let isGuaranteed = true
  let hasAny = false
  for (const container of allContainers(pod)) {
    const requests = valuesOf(container.resources?.requests)
    const limits = valuesOf(container.resources?.limits)
    if (requests.size > 0 || limits.size > 0) hasAny = true
    for (const name of counted) {
      const limit = limits.get(name)
      // A request that is not set is the limit: the API server defaults it so.
      if (limit === undefined || (requests.get(name) ?? limit) !== limit) isGuaranteed = false
    }
  }
  if (!hasAny) return 'BestEffort'
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

function valuesOf(list: ResourceList | undefined): Map<string, number> {
  const values = new Map<string, number>()
  for (const name of counted) {
    const value = list?.[name] === undefined ? undefined : amountOf(list[name])
    if (value !== undefined && value > 0) values.set(name, value)
  }
  return values
}

function amountOf(quantity: unknown): number | undefined {
  const parsed = tryParseQuantity(quantity)
  return parsed && quantityNumber(parsed)
}
