import { useQueryClient, type QueryKey } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Query } from '../client/http.ts'
import { LiveStream, type StreamState } from '../client/live-stream.ts'
import { lookAgain } from '../client/look-again.ts'

/** Several changes at once are looked at once. */
const settleMs = 150

/** Asks again for what `about` names whenever the server says that something has changed, and after every break of the stream. */
export function useNews(path: string, query: Query, about: QueryKey, everyMs = 0): StreamState {
  const client = useQueryClient()
  const [state, setState] = useState<StreamState>({ name: 'connecting' })
  // Both are made anew at each render, and mean the same.
  const asked = JSON.stringify([query, about])
  useEffect(() => {
    const [parameters, queryKey] = JSON.parse(asked) as [Query, QueryKey]
    const look = lookAgain(() => client.invalidateQueries({ queryKey }), { settleMs, everyMs })
    let wasBroken = false
    const stream = new LiveStream({
      path,
      query: () => parameters,
      onMessage: look.soon,
      onState: (next) => {
        setState(next)
        if (next.name === 'broken') wasBroken = true
        if (next.name === 'live' && wasBroken) {
          wasBroken = false
          look.soon()
        }
      },
    })
    return () => {
      look.stop()
      stream.close()
    }
  }, [client, path, asked, everyMs])
  return state
}
