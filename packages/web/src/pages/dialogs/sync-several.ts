import { calledOf } from '../../facts/application-name.ts'
import { api, type ApplicationKey } from '../../client/api.ts'
import { ApiError, type Query } from '../../client/http.ts'
import { dismiss, toast } from '../../parts/toasts.tsx'
import type { Language } from '../../words/index.tsx'
import { failed, syncApplication } from './actions.ts'

export interface SeveralRequest {
  query: Query
  /** Keys of those that are ready for a sync, and are not to be synced. */
  leftOut: ReadonlySet<string>
  /** Keys of those that are not, and are. */
  takenIn: ReadonlySet<string>
  count: number
}

/** So many syncs are asked for at a time; the server puts them in its own queue. */
const atOnce = 4
/** Of more than this, nobody reads how each has fared: the list tells. */
const mostTold = 10
const pageSize = 500

/** Asks for a sync of each. What is refused is told; a server that does not answer ends it. */
export async function syncSeveral(request: SeveralRequest, language: Language): Promise<void> {
  const { words, format } = language
  const w = words.fleet.several
  const isTold = request.count <= mostTold
  const waiting = await targetsOf(request)
  const total = format.number(waiting.length)
  let [asked, refused] = [0, 0]
  let id: number | undefined
  const work = async () => {
    for (let app = waiting.shift(); app; app = waiting.shift()) {
      try {
        await (isTold ? syncApplication(app, {}, language) : api.sync(app, {}))
      } catch (error) {
        refused += 1
        if (isTold || refused === 1) failed(words.palette.syncApp(calledOf(app)), error, words)
        if (error instanceof ApiError && error.status === 0) waiting.length = 0
      }
      asked += 1
      if (!isTold && asked % 20 === 0)
        id = toast({ look: { glyph: 'g-progress', tone: 'run', turning: true }, title: w.asking(format.number(asked), total) }, id)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (isTold) return
  if (id !== undefined) dismiss(id)
  toast({
    look: refused > 0 ? { glyph: 'g-failed', tone: 'bad' } : { glyph: 'g-ok', tone: 'ok' },
    title: w.asked(asked - refused, refused),
  })
}

/** All of them are found before the first is synced: what is synced is not among them any more. */
async function targetsOf({ query, leftOut, takenIn }: SeveralRequest): Promise<ApplicationKey[]> {
  const keys = [...takenIn]
  let position = ''
  do {
    const page = await api.fleet({ ...query, canSync: true, limit: pageSize, continue: position })
    keys.push(...page.items.map((row) => row.summary.key).filter((key) => !leftOut.has(key)))
    position = page.metadata.continue ?? ''
  } while (position !== '')
  return [...new Set(keys)].map((key) => ({ namespace: key.slice(0, key.indexOf('/')), name: key.slice(key.indexOf('/') + 1) }))
}
