import { useEffect, useSyncExternalStore } from 'react'
import type { Application } from '@plimsoll/api'
import { fleet, type FleetSnapshot } from '../client/fleet.ts'

export function useFleet(): FleetSnapshot {
  return useSyncExternalStore(fleet.subscribe, fleet.getSnapshot)
}

/** Calls back with each message about one application. */
export function useApplicationMessages(key: string, listener: (type: string, application: Application) => void): void {
  useEffect(
    () =>
      fleet.onApplication((type, application) => {
        if (`${application.metadata.namespace ?? ''}/${application.metadata.name}` === key) listener(type, application)
      }) as () => void,
    [key, listener],
  )
}
