import type { RemoteProvider } from '@plimsoll/api'

/** What runs at these hosts is known; elsewhere it has to be said. */
const known = new Map<string, RemoteProvider>([
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
])

/** By the address as it is being typed; undefined where nobody can tell. */
export function providerOf(address: string): RemoteProvider | undefined {
  const host = /^(?:[a-z]+:\/\/)?(?:[^/@\s]*@)?([^/:\s]+)/i.exec(address.trim())?.[1]
  return host === undefined ? undefined : known.get(host.toLowerCase())
}

/** What is wrong with an address before anybody is asked. The server looks closer. */
export function addressProblem(address: string): 'missing' | 'secret' | 'shape' | undefined {
  const text = address.trim()
  if (text === '') return 'missing'
  if (/^https?:\/\/[^/]*@/i.test(text) || /[?#]/.test(text)) return 'secret'
  return /^https?:\/\/[^/\s]+\/[^/\s]+\/\S+$/i.test(text) || /^(?:ssh:\/\/)?[^/@\s]+@[^/:\s]+[:/]\S+\/\S+$/.test(text) ? undefined : 'shape'
}
