import type { Application } from '@plimsoll/api'
import type { ApiClient, Query } from './api-client.ts'

interface Page {
  metadata?: { continue?: string }
  items: Application[] | null
}

/** The server sends so many at a time; ten thousand applications in one answer are hundreds of megabytes. */
const pageSize = 500

/** Applications by name, page by page. With `names`, of each its name and namespace alone. */
export async function* applicationPages(client: ApiClient, query: Query, names = false): AsyncGenerator<Application[]> {
  const fields = names ? 'metadata.continue,items.metadata.name,items.metadata.namespace' : undefined
  for (let position: string | undefined = ''; position !== undefined;) {
    const page: Page = await client.get('/api/v1/applications', { ...query, fields, limit: pageSize, continue: position || undefined })
    yield page.items ?? []
    position = page.metadata?.continue
  }
}
