import { api, type Identity } from './api.ts'
import { fleet } from './fleet.ts'
import { ApiError, whenSignedOut, whenStreamEnded } from './http.ts'
import { peopleApi } from './people.ts'

export type Session =
  | { name: 'asking' }
  | { name: 'in'; identity: Identity }
  /** `ended`: somebody was signed in here before. */
  | { name: 'out'; ended: boolean }
  | { name: 'failed'; error: ApiError }

let session: Session = { name: 'asking' }
const listeners = new Set<() => void>()

function publish(next: Session): void {
  session = next
  if (next.name === 'in') fleet.start()
  else fleet.stop()
  for (const listener of listeners) listener()
}

export function subscribeSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function getSession(): Session {
  return session
}

/** Asks who is signed in: by the cookie, which scripts cannot read. */
export async function askWhoIsSignedIn(): Promise<void> {
  if (session.name !== 'in') publish({ name: 'asking' })
  try {
    const identity = await api.identity()
    publish(identity.loggedIn ? { name: 'in', identity } : { name: 'out', ended: false })
  } catch (cause) {
    const error = cause instanceof ApiError ? cause : new ApiError(0, 'unreadable', String(cause))
    publish(error.status === 401 ? { name: 'out', ended: false } : { name: 'failed', error })
  }
}

/** Throws an `ApiError` when it is refused. The answer sets a cookie; its token is not kept. */
export async function signIn(username: string, password: string): Promise<void> {
  await api.signIn(username, password)
  await askWhoIsSignedIn()
}

export async function signOut(): Promise<void> {
  try {
    await api.signOut()
  } finally {
    publish({ name: 'out', ended: false })
  }
}

let isLookingAgain = false

/** What is shown stays, whatever the answer: that nobody is signed in any more is noticed elsewhere. */
async function lookAgain(): Promise<void> {
  if (session.name !== 'in' || isLookingAgain) return
  isLookingAgain = true
  try {
    const identity = await api.identity()
    if (getSession().name === 'in' && identity.loggedIn) publish({ name: 'in', identity })
  } catch {
    // The server is away: streams say so, and end again when it is back.
  } finally {
    isLookingAgain = false
  }
}

let isSwitching = false

/** In the demo: takes an account's place. The page is loaded again, because every stream of the session before ends. */
export async function switchAccount(account: string): Promise<void> {
  isSwitching = true
  try {
    await peopleApi.switchTo(account)
    location.reload()
  } catch (error) {
    isSwitching = false
    throw error
  }
}

whenSignedOut(() => {
  if (session.name === 'in' && !isSwitching) publish({ name: 'out', ended: true })
})
whenStreamEnded(() => void lookAgain())
