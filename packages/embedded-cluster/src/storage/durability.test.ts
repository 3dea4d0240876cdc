import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { compiledFile } from './compiled-file.ts'
import { Store } from './store.ts'

/**
 * 32 workers write without end, each to objects of its own and one after the other, and say what was acknowledged.
 * The checksum tells a half write from a whole one.
 */
const writer = `
import { createHash } from 'node:crypto'
const [, , module, file, round] = process.argv
const { Store } = await import(module)
const store = await Store.open({ file })
async function work(worker) {
  for (let index = 0; ; index++) {
    const name = 'w' + worker + '-' + (index % 16)
    const text = (round + '/' + index + ' ').repeat(1 + (index * 37) % 400)
    const sum = createHash('sha256').update(text).digest('hex')
    let removed = false
    const done = await store.write('/configmaps', 'default', name, (current) => {
      removed = index % 5 === 3 && current !== undefined
      return removed
        ? { remove: structuredClone(current.object) }
        : { put: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { text, sum } } }
    })
    process.stdout.write(JSON.stringify({ worker, name, revision: done.revision, removed }) + '\\n')
  }
}
await Promise.all(Array.from({ length: 32 }, (_, worker) => work(worker)))
`

interface Acknowledged {
  worker: number
  name: string
  revision: number
  removed: boolean
}

/** Runs the writer until it has acknowledged so many writes, kills it, and returns the last acknowledged state of each object. */
async function writeAndKill(script: string, file: string, round: number, wanted: number): Promise<Map<string, Acknowledged>> {
  const last = new Map<string, Acknowledged>()
  const module = compiledFile('./index.js', import.meta.url).href
  const child = spawn(process.execPath, [script, module, file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the kill.
    if (!line.endsWith('}')) continue
    const acknowledged = JSON.parse(line) as Acknowledged
    last.set(acknowledged.name, acknowledged)
    if (++seen === wanted) child.kill('SIGKILL')
  }
  return last
}

test('a process that is killed in the middle of writing loses nothing that was acknowledged, and leaves nothing half', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-kill-'))
  const file = join(directory, 'cluster.db')
  const script = join(directory, 'writer.mjs')
  await writeFile(script, writer)
  let highest = 0
  try {
    for (let round = 0; round < 4; round++) {
      const last = await writeAndKill(script, file, round, 500 + Math.floor(Math.random() * 2_000))

      const store = await Store.open({ file })

      // Of each worker, one write may have reached the disk without its acknowledgement having reached us.
      const ahead = [...last.values()].filter(({ name, revision, removed }) => {
        const found = store.get('/configmaps', 'default', name)
        if (found !== undefined && !removed) expect(found.revision).toBeGreaterThanOrEqual(revision)
        return removed ? found !== undefined : found?.revision !== revision
      })
      expect(last.size).toBeGreaterThan(100)
      expect(new Set(ahead.map(({ worker }) => worker)).size).toBe(ahead.length)
      for (const stored of store.list('/configmaps')) {
        const { text, sum } = stored.object['data'] as { text: string; sum: string }
        expect(createHash('sha256').update(text).digest('hex')).toBe(sum)
      }
      expect(store.revision).toBeGreaterThanOrEqual(Math.max(...[...last.values()].map(({ revision }) => revision)))
      expect(store.revision).toBeGreaterThan(highest)
      highest = store.revision
      await store.close()
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}, 60_000)
