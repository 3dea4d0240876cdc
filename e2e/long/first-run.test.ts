import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  copyClone,
  isGitClone,
  newcomerEnvironment,
  pressCtrlC,
  processesOf,
  type Ready,
  startIn,
  type Started,
  untilReady,
} from '../harness/clone.ts'
import { root } from '../harness/paths.ts'
import { eventually, run } from '../harness/run.ts'

const isPossible = isGitClone && process.platform === 'linux'

describe('the lock file', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }>
  }

  it('names no registry, so that everyone installs from theirs', () => {
    const named = Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && !link)

    expect(named).toEqual([])
  })

  it('lists the binaries of every platform: npm ci refuses it otherwise', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`]),
    )

    expect(missing).toEqual([])
  })
})

describe('before anything is installed', () => {
  const start = join(root, 'scripts', 'start.mjs')

  it('says which Node.js it needs', async () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.4' }); import(${JSON.stringify(start)})`

    const { code, stderr } = await run(process.execPath, ['-e', old], { env: newcomerEnvironment() })

    expect(code).toBe(1)
    expect(stderr).toMatch(/needs Node\.js 20\.19 or newer; this is 18\.20\.4/)
  })

  it('says that git is missing', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'plimsoll-path-'))
    symlinkSync(process.execPath, join(bin, 'node'))

    const { code, stderr } = await run(process.execPath, [start], { env: newcomerEnvironment({ PATH: bin }) })

    rmSync(bin, { recursive: true })
    expect(code).toBe(1)
    expect(stderr).toMatch(/needs git 2\.38 or newer; there is none/)
  })

  it('tells about an option that npm has taken for itself', async () => {
    const { code, stderr } = await run(process.execPath, [start, '0'], { env: newcomerEnvironment({ npm_config_port: 'true' }) })

    expect(code).toBe(1)
    expect(stderr).toContain('npm start -- --port')
  })
})

describe.skipIf(!isPossible)('a newcomer in a fresh clone (needs Linux and the git work tree)', () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-first-')))
  let clone = join(home, 'clone')
  let dataDir = join(clone, '.plimsoll')
  let isInstalled = false
  let started: Started
  let ready: Ready

  afterAll(async () => {
    started?.child.kill('SIGTERM')
    await eventually('every process is gone', async () => processesOf(home).length === 0, 20_000).catch(() => {
      for (const pid of processesOf(home)) process.kill(pid, 'SIGKILL')
    })
    rmSync(home, { recursive: true, force: true })
  })

  const npmStart = (...args: string[]): Started => startIn(clone, 'npm', ['start', ...(args.length > 0 ? ['--', ...args] : [])])
  const containers = (): number[] => processesOf(join(dataDir, 'cluster', 'kubelet')).toSorted((a, b) => a - b)
  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('npx', ['plimsoll', ...args], { cwd: clone, env: newcomerEnvironment({ HOME: home }) })
    expect(stderr + stdout).not.toBe('')
    expect(code).toBe(0)
    return stdout
  }
  const demoAnswers = (): Promise<unknown> =>
    eventually(
      'the model answers',
      async () => {
        const { port } = new URL(ready.gateway)
        const answer = await run('curl', ['-sf', `http://fraud-detector.fraud-production.localhost:${port}/v2/models/fraud-detector`])
        return answer.code === 0 && (JSON.parse(answer.stdout) as { name: string }).name === 'fraud-detector'
      },
      60_000,
    )

  it('stops while it installs, and says how to go on', { timeout: 60_000 }, async () => {
    copyClone(clone)

    started = npmStart('--port', '0')
    await eventually('it installs', async () => started.output().includes('Installing packages'))
    pressCtrlC(started)

    await started.exited
    expect(started.output()).toContain('Stopped while installing packages. Nothing is broken: the same command goes on from here.')
    expect(existsSync(join(dataDir, 'ready.json'))).toBe(false)
  })

  it('installs, builds and starts with one command', { timeout: 300_000 }, async ({ skip }) => {
    started = npmStart('--port', '0')
    const outcome = await untilReady(started, dataDir, 280_000).catch((error: unknown) => error as Error)
    if (outcome instanceof Error && outcome.message.includes('registry cannot be reached')) skip('the package registry cannot be reached')
    if (outcome instanceof Error) throw outcome
    ready = outcome
    isInstalled = true

    await demoAnswers()
    expect(started.output()).toMatch(/Installing packages: done[^]*Building the server and the console: done[^]*Plimsoll is up after/)
    expect(started.output()).toContain(ready.url)
    expect(started.output()).not.toMatch(/undefined|NaN|\[object|warn(?!.*user config)/)
    expect(existsSync(join(clone, 'node_modules', 'vitest'))).toBe(false)
    expect(readFileSync(ready.tokenFile, 'utf8').trim()).not.toBe('')
    expect(ready).toMatchObject({ username: 'admin', kubeconfig: join(dataDir, 'cluster', 'kubeconfig') })
  })

  it('is told that it runs already, and where', async ({ skip }) => {
    if (!isInstalled) skip()

    const second = npmStart()
    const code = await second.exited

    expect(code).not.toBe(0)
    expect(second.output()).toContain(`open ${ready.url}`)
    await demoAnswers()
  })

  it('is told that a port is taken, and how to start a second one', async ({ skip }) => {
    if (!isInstalled) skip()
    const { port } = new URL(ready.url)

    const second = npmStart('--data-dir', join(home, 'second'), '--port', port)
    const code = await second.exited

    expect(code).not.toBe(0)
    expect(second.output()).toContain(`Port ${port} of 127.0.0.1 is used by another program.`)
    expect(second.output()).toContain('--port 0')
    expect(processesOf(join(home, 'second'))).toEqual([])
  })

  it('finds its containers where they were after the server was killed', async ({ skip }) => {
    if (!isInstalled) skip()
    const before = containers()
    process.kill(ready.pid, 'SIGKILL')
    await started.exited
    expect(containers()).toEqual(before)
    rmSync(join(dataDir, 'ready.json'))

    started = npmStart()
    ready = await untilReady(started, dataDir)

    await demoAnswers()
    expect(before.length).toBeGreaterThan(0)
    expect(containers()).toEqual(before)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends every process on %s, and finds everything again',
    { timeout: 60_000 },
    async (signal) => {
      if (!isInstalled) return
      await demoAnswers()
      const history = await cli('app', 'history', 'fraud-production')
      const { url } = ready

      process.kill(ready.pid, signal)
      await started.exited

      expect(started.output().trimEnd()).toMatch(/Stopped\.$/)
      await eventually('every process is gone', async () => processesOf(clone).length === 0)
      expect(existsSync(join(dataDir, 'ready.json'))).toBe(false)
      started = npmStart()
      ready = await untilReady(started, dataDir)
      await demoAnswers()
      expect(started.output()).not.toMatch(/Installing|Building/)
      expect(ready.url).toBe(url)
      expect(await cli('app', 'history', 'fraud-production')).toBe(history)
    },
  )

  it('ends every process when npm alone is ended', { timeout: 60_000 }, async () => {
    if (!isInstalled) return
    await demoAnswers()

    started.child.kill('SIGTERM')

    await eventually('every process is gone', async () => processesOf(clone).length === 0)
    started = npmStart()
    ready = await untilReady(started, dataDir)
  })

  it('moves the clone, and everything is there', { timeout: 60_000 }, async ({ skip }) => {
    if (!isInstalled) skip()
    await cli('server', 'stop')
    await started.exited
    renameSync(clone, join(home, 'moved'))
    clone = join(home, 'moved')
    dataDir = join(clone, '.plimsoll')

    started = npmStart()
    ready = await untilReady(started, dataDir)

    await demoAnswers()
    expect(started.output()).not.toMatch(/Installing|Building/)
    expect(ready.kubeconfig).toBe(join(dataDir, 'cluster', 'kubeconfig'))
  })

  it('reads what is wrong with a data directory', async ({ skip }) => {
    if (!isInstalled) skip()
    const file = join(home, 'file')
    writeFileSync(file, '')

    const second = npmStart('--data-dir', file, '--port', '0')

    expect(await second.exited).not.toBe(0)
    expect(second.output()).toContain(`${file} is a file`)
  })

  it('stops while it builds, and goes on from there', { timeout: 60_000 }, async ({ skip }) => {
    if (!isInstalled) skip()
    await cli('server', 'stop')
    await started.exited
    mkdirSync(join(clone, '.cache'), { recursive: true })
    for (const name of ['server', 'console']) rmSync(join(clone, '.cache', `${name}.built`), { force: true })

    started = npmStart()
    await eventually('it builds', async () => started.output().includes('Building'))
    pressCtrlC(started)
    await started.exited

    expect(started.output()).toContain('Stopped while building. Nothing is broken')
    started = npmStart()
    ready = await untilReady(started, dataDir)
    await demoAnswers()
    expect(dirname(ready.tokenFile)).toBe(dataDir)
  })
})
