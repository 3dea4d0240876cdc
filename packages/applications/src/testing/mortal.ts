import type { KubeClient } from '@plimsoll/kube'

const acting = new Set(['create', 'update', 'patch', 'apply', 'delete', 'get'])

/** A client of a process that ends at its nth call: before the call has its effect, or after it and before its answer. Then it never answers again. */
export class Mortal {
  calls = 0
  readonly #at: number
  readonly #when: 'before' | 'after'

  constructor(at: number, when: 'before' | 'after') {
    this.#at = at
    this.#when = when
  }

  get isDead(): boolean {
    return this.calls >= this.#at
  }

  wrap(client: KubeClient): KubeClient {
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function' || !acting.has(String(name))) return value
        return (...args: unknown[]): unknown => {
          const mine = ++this.calls
          if (mine > this.#at || (mine === this.#at && this.#when === 'before')) return never()
          const answer = Promise.resolve(Reflect.apply(value, target, args))
          return mine === this.#at ? answer.then(never, never) : answer
        }
      },
    })
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
