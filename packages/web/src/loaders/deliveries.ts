import { infiniteQueryOptions, queryOptions, useQueryClient } from '@tanstack/react-query'
import type { DeliveryView, DeliveryWatchEvent, DeploymentQuery } from '@plimsoll/api'
import { useEffect } from 'react'
import { deliveriesApi } from '../client/deliveries.ts'
import { join } from '../client/http.ts'
import { LiveStream } from '../client/live-stream.ts'
import { resultOf } from '../client/messages.ts'

export const deploymentsAtOnce = 25
export const reportsAtOnce = 50

export const deliveriesQuery = queryOptions({ queryKey: ['deliveries'], queryFn: deliveriesApi.list })
export const deliveryQuery = (name: string) =>
  queryOptions({ queryKey: ['delivery', name], queryFn: () => deliveriesApi.get(name), retry: false })

export const historyQuery = (filter: DeploymentQuery) =>
  infiniteQueryOptions({
    queryKey: ['promotions', filter],
    queryFn: ({ pageParam }) =>
      deliveriesApi.deployments({ ...filter, limit: deploymentsAtOnce, ...(pageParam !== undefined && { before: pageParam }) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items }) => (items.length < deploymentsAtOnce ? undefined : items.at(-1)?.id),
    placeholderData: (previous) => previous,
  })

/** For the lanes: the newest of all stages, whatever the table is filtered by. */
export const lanesQuery = (delivery: string) =>
  queryOptions({ queryKey: ['promotions', 'lanes', delivery], queryFn: () => deliveriesApi.deployments({ delivery, limit: 60 }) })

export const stageReleasesQuery = (delivery: string, stage: string) =>
  queryOptions({
    queryKey: ['promotions', 'releases', delivery, stage],
    queryFn: () => deliveriesApi.deployments({ delivery, stage, limit: 100 }),
  })

export const modelsQuery = (filter: { repository?: string; gate?: string }) =>
  infiniteQueryOptions({
    queryKey: ['gate-reports', filter],
    queryFn: ({ pageParam }) => deliveriesApi.reports(reportsAtOnce, filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items }) => (items.length < reportsAtOnce ? undefined : items.at(-1)?.id),
    refetchInterval: 10_000,
    placeholderData: (previous) => previous,
  })

/** Promotions change with deliveries; several changes at once are looked at once. */
const settleMs = 200

/** Keeps deliveries as they are now: all, or one. */
export function useDeliveryStream(name?: string): void {
  const client = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stream = new LiveStream({
      path: join('stream', 'deliveries'),
      query: () => (name === undefined ? {} : { name }),
      onMessage: (data) => {
        const event = resultOf(data) as DeliveryWatchEvent | undefined
        if (event?.delivery === undefined) return
        putDelivery(client, event.type, event.delivery)
        timer ??= setTimeout(() => {
          timer = undefined
          void client.invalidateQueries({ queryKey: ['promotions'] })
        }, settleMs)
      },
      onState: () => {},
    })
    return () => {
      clearTimeout(timer)
      stream.close()
    }
  }, [client, name])
}

export function putDelivery(client: ReturnType<typeof useQueryClient>, type: DeliveryWatchEvent['type'], delivery: DeliveryView): void {
  if (type === 'DELETED') void client.invalidateQueries({ queryKey: deliveryQuery(delivery.name).queryKey })
  else client.setQueryData(deliveryQuery(delivery.name).queryKey, delivery)
  client.setQueryData(deliveriesQuery.queryKey, (before) => {
    if (!before) return before
    const others = before.items.filter((one) => one.name !== delivery.name)
    if (type === 'DELETED') return { items: others }
    const at = before.items.findIndex((one) => one.name === delivery.name)
    return { items: at < 0 ? [...others, delivery] : before.items.toSpliced(at, 1, delivery) }
  })
}
