import type { KubeClient } from '@plimsoll/kube'

/** Where a process dies. */
export interface Fault {
  /** The call that dies, from 1; 0 for none. */
  call: number
  when: 'before' | 'after'
}

const acting = new Set(['create', 'update', 'patch', 'apply', 'delete', 'get'])

/** Counts the calls that an operation makes, and dies at the one it is told: it never answers again, as a killed process's would. */
export function mortal(client: KubeClient, fault: Fault): { client: KubeClient; calls(): number; died: Promise<void> } {
  let calls = 0
  let isDead = false
  let die = (): void => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  const never = new Promise<never>(() => undefined)
  const proxy = new Proxy(client, {
    get(target, property) {
      const method = Reflect.get(target, property) as unknown
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        const call = (): unknown => (method as (...rest: unknown[]) => unknown).apply(target, args)
        if (isDead && acting.has(String(property))) return never
        if (!acting.has(String(property))) return call()
        calls++
        if (calls !== fault.call) return call()
        isDead = true
        if (fault.when === 'before') {
          die()
          return never
        }
        return Promise.resolve(call())
          .then(
            () => die(),
            () => die(),
          )
          .then(() => never)
      }
    },
  })
  return { client: proxy, calls: () => calls, died }
}
