import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createRepositories, type GitPrincipal, type GitRepositories } from '@plimsoll/git'
import { openRecords, type Records } from '@plimsoll/records'
import { createBuiltinForge, type BuiltinForge, type BuiltinForgeContext } from '../builtin/create-builtin-forge.ts'
import type { ForgeActor, ForgeEvent } from '../contract.ts'

const run = promisify(execFile)

export interface Person {
  name: string
  role: 'admin' | 'maintainer' | 'contributor' | 'readonly'
  groups?: string[]
  email?: string
}

export interface ForgeBench {
  dir: string
  url: string
  repositories: GitRepositories
  records: Records
  forge: BuiltinForge
  events: ForgeEvent[]
  people: Map<string, Person>
  actor(name: string): ForgeActor
  /** A forge of its own over the same repositories and records, as after a restart. */
  anotherForge(change?: Partial<Pick<BuiltinForgeContext, 'records' | 'repositories' | 'log'>>): Promise<BuiltinForge>
  /** A clone of `demo` for somebody, whose pushes are theirs. */
  clone(name: string, folder?: string): Promise<WorkTree>
  close(): Promise<void>
}

export interface WorkTree {
  dir: string
  git(...args: string[]): Promise<string>
  /** What git printed on both channels, and whether it succeeded. */
  tryGit(...args: string[]): Promise<{ ok: boolean; text: string }>
  commit(files: Record<string, string>, message?: string): Promise<string>
}

/** The forge on real repositories behind a real HTTP server; who pushes is the user name of the address. */
export async function startForgeBench(): Promise<ForgeBench> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-forge-'))
  const people = new Map<string, Person>(
    (
      [
        { name: 'ada', role: 'maintainer', email: 'ada@example.org' },
        { name: 'grace', role: 'maintainer', email: 'grace@example.org', groups: ['reviewers'] },
        { name: 'root', role: 'admin' },
        { name: 'eve', role: 'contributor', email: 'eve@example.org' },
        { name: 'bob', role: 'readonly' },
      ] satisfies Person[]
    ).map((person) => [person.name, person]),
  )
  const canWrite = (name: string): boolean => ['admin', 'maintainer'].includes(people.get(name)?.role ?? '')
  function actor(name: string): ForgeActor {
    const person = people.get(name)
    return {
      name,
      displayName: name.toUpperCase(),
      ...(person?.email !== undefined && { email: person.email }),
      groups: person?.groups ?? [],
      canRead: () => person !== undefined,
      canWrite: () => canWrite(name),
      canAdminister: () => person?.role === 'admin',
    }
  }
  let url = ''
  const repositories = createRepositories({ dataDir: join(dir, 'data'), hosting: { baseUrl: () => url, root: join(dir, 'hosted') } })
  const server: Server = createServer((request, response) => {
    const [name = ''] = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
    if (!people.has(name)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return
    }
    const principal: GitPrincipal = {
      username: name,
      groups: people.get(name)?.groups ?? [],
      canRead: () => true,
      canCreate: () => canWrite(name),
      canWrite: () => canWrite(name),
      canPropose: () => people.get(name)?.role !== 'readonly',
    }
    void repositories.handle(request, response, principal)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  url = `http://${host}`
  const records = await openRecords({ dataDir: join(dir, 'records') })
  let ids = 0
  const log = { info: ignore, warn: ignore, error: report }
  const forges: BuiltinForge[] = []
  async function anotherForge(change: Partial<Pick<BuiltinForgeContext, 'records' | 'repositories' | 'log'>> = {}): Promise<BuiltinForge> {
    const made = await createBuiltinForge({
      repositories: change.repositories ?? repositories,
      records: change.records ?? records,
      people: { find: async (name) => (people.has(name) ? actor(name) : undefined) },
      clock: { now: () => Date.now() },
      newId: () => `id-${++ids}`,
      baseUrl: () => url,
      log: change.log ?? log,
    })
    forges.push(made)
    return made
  }
  const forge = await anotherForge()
  const events: ForgeEvent[] = []
  forge.subscribe((event) => events.push(event))

  const seed = workTree(join(dir, 'seed'), 'ada')
  await mkdir(seed.dir)
  await seed.git('init', '-q')
  await seed.commit({ 'a.txt': lines(1, 20), 'b.txt': 'b\n' }, 'First')
  await seed.git('push', '-q', `http://ada:x@${host}/git/demo.git`, 'main')

  return {
    dir,
    url,
    repositories,
    records,
    forge,
    events,
    people,
    actor,
    anotherForge,
    async clone(name, folder = name) {
      const tree = workTree(join(dir, folder), name)
      await run('git', ['clone', '-q', `http://${name}:x@${host}/git/demo.git`, tree.dir], { env: environment(dir, name) })
      return tree
    },
    async close() {
      for (const one of forges) await one.close()
      await repositories.close()
      await records.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('')
}

function workTree(dir: string, name: string): WorkTree {
  const options = { cwd: dir, env: environment(dir, name), maxBuffer: 1 << 26 }
  const tree: WorkTree = {
    dir,
    async git(...args) {
      return (await run('git', args, options)).stdout.trim()
    },
    async tryGit(...args) {
      try {
        const { stdout, stderr } = await run('git', args, options)
        return { ok: true, text: stdout + stderr }
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string }
        return { ok: false, text: stdout + stderr }
      }
    },
    async commit(files, message = 'Change') {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true })
        await writeFile(join(dir, path), content)
      }
      await tree.git('add', '-A')
      await tree.git('commit', '-qm', message)
      return tree.git('rev-parse', 'HEAD')
    },
  }
  return tree
}

function environment(home: string, name: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'init.defaultBranch',
    GIT_CONFIG_VALUE_0: 'main',
    GIT_AUTHOR_NAME: name.toUpperCase(),
    GIT_AUTHOR_EMAIL: `${name}@example.org`,
    GIT_COMMITTER_NAME: name.toUpperCase(),
    GIT_COMMITTER_EMAIL: `${name}@example.org`,
  }
}

function ignore(): void {}

function report(fields: object, message: string): void {
  console.error(message, fields)
}
