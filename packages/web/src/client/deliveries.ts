import type { DeliveryView, DeploymentQuery, GateReport, PromotionView, ReleaseView } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about deliveries, releases and models: one function for each. */

const delivery = (name: string, ...rest: string[]) => join('deliveries', name, ...rest)
const act = (name: string, action: string, body: object = {}) => call<DeliveryView>('POST', delivery(name, action), { body })

export interface OfStage {
  stage: string
  release: string
}

export const deliveriesApi = {
  list: () => call<{ items: DeliveryView[] }>('GET', join('deliveries')),
  get: (name: string) => call<DeliveryView>('GET', delivery(name)),
  approve: (name: string, body: OfStage & { comment?: string }) => act(name, 'approve', body),
  unapprove: (name: string, body: OfStage) => act(name, 'unapprove', body),
  promote: (name: string, body: { stage: string; release?: string }) => act(name, 'promote', body),
  revert: (name: string, body: OfStage & { why: string }) => act(name, 'revert', body),
  override: (name: string, body: OfStage & { requirement: string; why: string }) => act(name, 'override', body),
  hold: (name: string, why: string) => act(name, 'hold', { why }),
  resume: (name: string) => act(name, 'resume'),
  release: (name: string) => call<ReleaseView>('GET', join('releases', name)),
  deployments: (query: DeploymentQuery) => call<{ items: PromotionView[] }>('GET', join('deployments'), { query: { ...query } }),

  reports: (limit: number, filter: { repository?: string; model?: string; gate?: string } = {}, before?: string) =>
    call<{ items: GateReport[] }>('GET', join('gates', 'reports'), { query: { ...filter, limit, before } }),
}
