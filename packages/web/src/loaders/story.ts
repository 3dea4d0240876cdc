import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { deliveriesApi } from '../client/deliveries.ts'
import { pullsApi } from '../client/pulls.ts'
import { demo, storyOf, type Story } from '../facts/story.ts'
import { deliveryQuery } from './deliveries.ts'
import { settingsQuery } from './queries.ts'
import { useSession } from './session.ts'

const hiddenKey = 'plimsoll.guide-hidden'
const askedKey = 'plimsoll.guide-asked'
const listeners = new Set<() => void>()
/** Where nothing may be kept, it lasts as long as the page. */
const here = new Map<string, boolean>()

function read(key: string): boolean {
  const own = here.get(key)
  if (own !== undefined) return own
  try {
    return localStorage.getItem(key) === 'yes'
  } catch {
    return false
  }
}

function write(key: string, value: boolean): void {
  here.set(key, value)
  try {
    if (value) localStorage.setItem(key, 'yes')
    else localStorage.removeItem(key)
  } catch {
    // It lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

function useKept(key: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => read(key),
  )
}

export const hideGuide = (isHidden: boolean): void => write(hiddenKey, isHidden)
export const sayAsked = (): void => write(askedKey, true)
export const useGuideHidden = (): boolean => useKept(hiddenKey)

export function useIsDemo(): boolean | undefined {
  const session = useSession()
  const { data } = useQuery({ ...settingsQuery, enabled: session.name === 'in' })
  return data === undefined ? undefined : data.demo === true
}

/** Where the reader stands; asked again every few seconds while `isWatching`. */
export function useStory(isOn: boolean, isWatching: boolean): { story: Story; error: unknown; isKnown: boolean; delivery: string[] } {
  const refetchInterval = isWatching ? 2_000 : 15_000
  const options = { enabled: isOn, refetchInterval, retry: false } as const
  const hasAsked = useKept(askedKey)
  const pulls = useQuery({
    queryKey: ['pulls', 'story'],
    queryFn: () => pullsApi.list(demo.repository, 'all', 100),
    ...options,
  })
  const reports = useQuery({
    queryKey: ['gate-reports', 'story'],
    queryFn: () => deliveriesApi.reports(50, { repository: demo.repository }),
    ...options,
  })
  const delivery = useQuery({ ...deliveryQuery(demo.delivery), ...options })
  const first = storyOf({
    pulls: pulls.data?.items ?? [],
    reports: reports.data?.items ?? [],
    reviews: [],
    delivery: delivery.data,
    hasAsked,
  })
  const number = first.improve?.number ?? 0
  const reviews = useQuery({
    queryKey: ['pull', demo.repository, number, 'reviews', 'story'],
    queryFn: () => pullsApi.reviews(demo.repository, number),
    ...options,
    enabled: isOn && number > 0 && first.improve?.state === 'open',
  })
  const story = storyOf({
    pulls: pulls.data?.items ?? [],
    reports: reports.data?.items ?? [],
    reviews: reviews.data?.items ?? [],
    delivery: delivery.data,
    hasAsked,
  })
  return {
    story,
    error: pulls.error,
    isKnown: pulls.data !== undefined,
    delivery: (delivery.data?.stages ?? []).map((stage) => `${stage.name} ${stage.release?.model?.digest ?? ''}`),
  }
}
