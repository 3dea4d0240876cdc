import { KubeConnectionError, type KubeClient } from '@plimsoll/kube'

const writes = ['create', 'update', 'patch', 'apply', 'delete'] as const

/**
 * A client that dies at its n-th write: `before` it takes effect, or `after` it did but before anybody heard of it.
 * From then on nothing gets through. `died` resolves when it has; `count` is the number of writes so far.
 */
export function failingClient(
  client: KubeClient,
  at: number,
  when: 'before' | 'after',
): { client: KubeClient; died: Promise<void>; count: () => number } {
  let count = 0
  let isDead = false
  let die = (): void => {}
  const died = new Promise<void>((resolve) => (die = resolve))
  const dead = (): KubeConnectionError => new KubeConnectionError('the process was killed')
  const wrapped = new Proxy(client, {
    get(target, property) {
      const method = Reflect.get(target, property) as unknown
      if (typeof method !== 'function') return method
      const call = method.bind(target) as (...args: unknown[]) => unknown
      if (!(writes as readonly string[]).includes(String(property))) {
        return (...args: unknown[]) => (isDead && ['get', 'list'].includes(String(property)) ? Promise.reject(dead()) : call(...args))
      }
      return async (...args: unknown[]) => {
        if (isDead) throw dead()
        count++
        if (count < at) return call(...args)
        isDead = true
        try {
          if (when === 'after') await call(...args)
        } finally {
          die()
        }
        throw dead()
      }
    },
  })
  return { client: wrapped, died, count: () => count }
}
