import type { Plimsoll } from '../harness/plimsoll.ts'

const second = 1000

export interface ListedApplication {
  metadata: { name: string }
  status?: { sync?: { status?: string; revision?: string } }
}

export interface Listed {
  items: ListedApplication[]
}

export interface SyncFollower {
  /** Resolves when all of them are Synced, at `revision` if one is given. Rejects after ten minutes. */
  untilSynced(names: readonly string[], revision?: string): Promise<void>
  stop(): void
}

/** Follows the stream of applications as a console does, instead of asking again and again. */
export async function followSync(target: Plimsoll): Promise<SyncFollower> {
  /** Of what is Synced, the revision. */
  const synced = new Map<string, string>()
  let onSynced = (_name: string, _revision: string): void => undefined
  const abort = new AbortController()
  const response = await fetch(new URL('/api/v1/stream/applications', target.url), {
    headers: { authorization: `Bearer ${target.token}`, accept: 'text/event-stream' },
    signal: abort.signal,
  })
  void (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data:')) continue
        const { application } = (JSON.parse(line.slice(5)) as { result?: { application?: ListedApplication } }).result ?? {}
        if (!application) continue
        const { status, revision = '' } = application.status?.sync ?? {}
        if (status !== 'Synced') synced.delete(application.metadata.name)
        else {
          synced.set(application.metadata.name, revision)
          onSynced(application.metadata.name, revision)
        }
      }
    }
  })().catch(() => undefined)
  return {
    async untilSynced(names, revision) {
      const isThere = (at: string | undefined): boolean => at !== undefined && (revision === undefined || at === revision)
      const missing = new Set(names.filter((name) => !isThere(synced.get(name))))
      const deadline = Date.now() + 600 * second
      await new Promise<void>((resolve, reject) => {
        const look = setInterval(() => {
          if (Date.now() > deadline)
            end(() =>
              reject(new Error(`${missing.size} applications are not Synced after 600 s: ${[...missing].slice(0, 3).join(', ')} …`)),
            )
        }, second)
        function end(how: () => void): void {
          clearInterval(look)
          onSynced = () => undefined
          how()
        }
        onSynced = (name, at) => {
          if (isThere(at)) missing.delete(name)
          if (missing.size === 0) end(resolve)
        }
        if (missing.size === 0) end(resolve)
      })
    },
    stop: () => abort.abort(),
  }
}
