import type { Command } from 'commander'
import { ApiClient } from '../client/api-client.ts'
import { findConnection, type GlobalOptions } from '../client/connection.ts'

/** Runs a command against the server that is meant, and lets go of it afterwards. */
export async function withClient<T>(command: Command, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient(await findConnection(command.optsWithGlobals<GlobalOptions>()))
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
