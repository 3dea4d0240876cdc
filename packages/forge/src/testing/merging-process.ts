import { randomUUID } from 'node:crypto'
import { createRepositories } from '@plimsoll/git'
import { openRecords } from '@plimsoll/records'
import { createBuiltinForge } from '../builtin/create-builtin-forge.ts'
import type { ForgeActor } from '../contract.ts'

/** A process that merges every open pull request of `demo`, one after the other, and says so; it is there to be killed. */
const [, , dir = ''] = process.argv
const silent = { info: ignore, warn: ignore, error: ignore }
const repositories = createRepositories({ dataDir: `${dir}/data`, hosting: { baseUrl: () => 'http://127.0.0.1', root: `${dir}/hosted` } })
const grace: ForgeActor = { name: 'grace', groups: [], canRead: () => true, canWrite: () => true, canAdminister: () => false }
const forge = await createBuiltinForge({
  repositories,
  records: await openRecords({ dataDir: `${dir}/records` }),
  people: { find: async () => grace },
  clock: { now: () => Date.now() },
  newId: randomUUID,
  baseUrl: () => '',
  log: silent,
})
await forge.start()
for (const { number, head } of (await forge.list('demo', { limit: 200 })).toReversed()) {
  await forge.merge('demo', number, { head: head.commit, method: 'merge' }, grace)
  process.stdout.write(`merged ${number}\n`)
}
process.exit(0)

function ignore(): void {}
