import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AppSummary } from '@plimsoll/api'
import { api } from '../../client/api.ts'
import { ApiError, type Query } from '../../client/http.ts'
import { whyNot } from '../../facts/allowed.ts'
import { fleetPageQuery } from '../../loaders/fleet.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Health } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import type { Question } from './ask.ts'
import { Choice } from './choice.tsx'
import { syncSeveral } from './sync-several.ts'
import { useSubmit } from './use-submit.ts'

const pageSize = 100
/** While somebody reads the list, applications go in and out of sync. */
const lookAgainMs = 5_000

/** What the list's filter leaves and is out of sync: all of it, with some left out or taken in. */
export function SeveralDialog({ question, onClose }: { question: Extract<Question, { name: 'several' }>; onClose: () => void }) {
  const language = useLanguage()
  const { words, format } = language
  const w = words.fleet.several
  const query: Query = { ...question.query, sync: ['OutOfSync'], sort: 'name' }
  const list = useInfiniteQuery({
    queryKey: ['several', JSON.stringify(query)],
    queryFn: ({ pageParam, signal }) => api.fleet({ ...query, limit: pageSize, continue: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.metadata.continue,
    gcTime: 0,
    refetchInterval: lookAgainMs,
  })
  const ready = useQuery({
    ...fleetPageQuery({ ...query, canSync: true, limit: 1 }),
    staleTime: 0,
    gcTime: 0,
    refetchInterval: lookAgainMs,
  })
  const offered = (list.data?.pages ?? []).flatMap(({ items }) => items.map((row) => row.summary))
  // What is held was held on purpose, so it is left out unless somebody asks for it.
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set())
  const [takenIn, setTakenIn] = useState<ReadonlySet<string>>(new Set())
  const isChosen = (one: AppSummary) => (isReady(one) ? !leftOut.has(one.key) : takenIn.has(one.key))
  const picked = Math.max(0, (ready.data?.counts.total ?? 0) - leftOut.size + takenIn.size)
  const { isBusy, error, submit } = useSubmit(() => syncSeveral({ query, leftOut, takenIn, count: picked }, language), onClose)
  const problem = error ?? list.error
  return (
    <Dialog
      title={w.title}
      onClose={onClose}
      onSubmit={picked > 0 ? submit : undefined}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-sync" look="primary" busy={isBusy} reason={picked === 0 ? words.sync.nothing : undefined} onClick={submit}>
            {w.submit(picked)}
          </Button>
        </>
      }
    >
      {problem instanceof ApiError && <Failure title={words.failure.title.load(words.fleet.theApplications)} error={problem} />}
      <p>
        {w.text} {list.data && list.data.pages[0]?.counts.total !== list.data.pages[0]?.counts.outOfSync && w.filtered}
      </p>
      {!list.data && !list.error && <Bones lines={4} />}
      <ul className="pick scrolls" aria-label={w.pick}>
        {offered.map((one) => {
          const reason = whyNot('sync', one)
          return (
            <li key={one.key}>
              <Choice
                checked={isChosen(one) && reason === undefined}
                disabled={reason !== undefined}
                onChange={() => (isReady(one) ? setLeftOut(toggled(leftOut, one.key)) : setTakenIn(toggled(takenIn, one.key)))}
                hint={reason ? words.reasons[reason] : one.hold ? words.state.held : w.objects(one.outOfSync)}
              >
                <code>{one.name}</code>
              </Choice>
              <Health of={one.health} />
            </li>
          )
        })}
        {list.hasNextPage && (
          <li>
            <Button small busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {w.more(format.number((list.data?.pages[0]?.counts.total ?? 0) - offered.length))}
            </Button>
          </li>
        )}
      </ul>
    </Dialog>
  )
}

/** As the server's `canSync`. */
function isReady(one: AppSummary): boolean {
  return !one.hold && whyNot('sync', one) === undefined
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return keys.has(key) ? new Set([...keys].filter((one) => one !== key)) : new Set([...keys, key])
}
