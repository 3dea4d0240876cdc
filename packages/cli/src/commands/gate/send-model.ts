import { createReadStream } from 'node:fs'
import type { ApiClient, Query } from '../../client/api-client.ts'
import { ApiFailure } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import type { LocalArtifact } from './candidate.ts'

/** Hands a model over, once: what is there already is not sent again. Answers with its digest, as the server has computed it. */
export async function sendModel(client: ApiClient, artifact: LocalArtifact, query: Query): Promise<string> {
  try {
    await client.get(`/api/v1/models/artifacts/${artifact.digest}`, query)
    return artifact.digest
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 404) throw error
  }
  for (const file of artifact.files) {
    const kept = await client.upload<{ digest: string }>('/api/v1/models/files', query, createReadStream(artifact.pathOf(file)))
    if (kept.digest !== file.digest)
      throw new CommandFailure(`${artifact.pathOf(file)} was changed while it was sent.`, {
        remedy: 'Run it again when nothing writes to it.',
      })
  }
  const { digest } = await client.send<{ digest: string }>('POST', '/api/v1/models/artifacts', {
    query,
    body: { kind: artifact.kind, files: artifact.files },
  })
  return digest
}
