import { useSyncExternalStore } from 'react'
import { getSession, subscribeSession, type Session } from '../client/session.ts'

export function useSession(): Session {
  return useSyncExternalStore(subscribeSession, getSession)
}
