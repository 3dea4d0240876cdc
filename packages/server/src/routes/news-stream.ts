import type { EventStream } from '../http/event-stream.ts'

/** Sends what is told from now on. To a slow reader only the newest of each key: it looks at what is. */
export function tellNews<T>(stream: EventStream, subscribe: (tell: (news: T) => void) => () => void, keyOf: (news: T) => string): void {
  const waiting = new Map<string, T>()
  let isDraining = false
  stream.onClosed(
    subscribe((news) => {
      waiting.set(keyOf(news), news)
      if (!isDraining) void drain()
    }),
  )

  async function drain(): Promise<void> {
    isDraining = true
    for (const [key, news] of waiting) {
      waiting.delete(key)
      stream.send(JSON.stringify(news))
      await stream.drained()
    }
    isDraining = false
  }
}
