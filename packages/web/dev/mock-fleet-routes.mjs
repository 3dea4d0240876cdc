/** Rows, choices and the live window of the mock's applications: by the real server's own reckoning, which has to be built for it. */
import { z } from 'zod'
import { rowOf } from '../../server/dist/fleet/fleet-entry.js'
import { createFleetIndex } from '../../server/dist/fleet/fleet-index.js'
import { createApplicationFeed } from '../../server/dist/routes/application-feed.js'
import { fleetQuery, readFleetQuery, readPage } from '../../server/dist/routes/fleet-query.js'
import { tellWindow } from '../../server/dist/routes/fleet-window.js'

/** `watchers` are called with each change: its type, its application. */
export function createMockFleet(apps, watchers, clusterNameOf) {
  const applications = {
    list: () => [...apps.values()],
    subscribe(listener) {
      const watcher = (type, application) => listener({ type, application })
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
  const fleet = createFleetIndex({ applications, normalizeRepo: (url) => url, clusterNameOf, now: Date.now })
  const feed = createApplicationFeed(applications)
  const context = { fleet, parts: { repositories: { normalize: (url) => url } } }

  return {
    /** Whether it was a request about the fleet. */
    answer({ path, url, request, response }, { json }) {
      if (path !== '/api/v1/fleet' && path !== '/api/v1/fleet/choices' && path !== '/api/v1/stream/fleet') return false
      const asked = Object.fromEntries([...new Set(url.searchParams.keys())].map((name) => [name, valueOf(url.searchParams.getAll(name))]))
      const query = readFleetQuery(context, request, z.object(fleetQuery).parse(asked))
      const number = (name, otherwise) => Number(url.searchParams.get(name) ?? otherwise)
      if (path === '/api/v1/fleet/choices') json(response, fleet.choices(query))
      else if (path === '/api/v1/fleet') {
        const { entries, metadata, view } = readPage(context, query, number('limit', 50), asked.continue)
        json(response, { items: entries.map((entry) => rowOf(entry).row), metadata, counts: view.counts })
      } else {
        const stream = openStream(request, response)
        const followed = new Set(url.searchParams.getAll('follow'))
        const isWanted = ({ metadata }) => followed.has(`${metadata.namespace}/${metadata.name}`)
        if (followed.size > 0) feed.follow(stream, { since: undefined, isWanted, fields: undefined, hasMarks: true })
        tellWindow(stream, fleet, { query, offset: number('offset', 0), limit: number('limit', 50) })
      }
      return true
    },
  }
}

const valueOf = (values) => (values.length === 1 ? values[0] : values)

function openStream(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.flushHeaders()
  const beat = setInterval(() => response.write(': \n\n'), 15_000)
  let isClosed = false
  const whenClosed = []
  response.on('close', () => {
    isClosed = true
    clearInterval(beat)
    for (const run of whenClosed) run()
  })
  return {
    get isClosed() {
      return isClosed
    },
    send: (text) => response.write(`data: {"result":${text}}\n\n`),
    sendNamed: (name, text) => response.write(`event: ${name}\ndata: ${text}\n\n`),
    drained: () => Promise.resolve(),
    onClosed: (run) => whenClosed.push(run),
  }
}
