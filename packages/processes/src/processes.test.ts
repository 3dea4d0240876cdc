import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adoptProcess } from './adopt-process.ts'
import type { ProcessSpec } from './contract.ts'
import { endProcess } from './end-process.ts'
import { identify } from './identity.ts'
import { listeningPorts } from './listening-ports.ts'
import { startProcess } from './start-process.ts'

const PATH = process.env['PATH'] ?? '/usr/bin:/bin'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-process-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function specOf(command: string, args: string[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { stateDir: join(folder, 'state'), command, args, env: { PATH }, workingDir: folder, ...more }
}

const script = (text: string, more: Partial<ProcessSpec> = {}) => specOf('sh', ['-c', text], more)

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const output = () => readFileSync(join(folder, 'state', 'output.log'), 'utf8')

describe('a process', () => {
  it('leaves its output, both streams in order, and its exit code in files', async () => {
    const handle = await startProcess(script('echo one; echo two >&2; echo three; exit 7'))

    const exit = await handle.exited

    expect(exit.code).toBe(7)
    expect(output()).toBe('one\ntwo\nthree\n')
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700)
    expect(statSync(handle.logFile).mode & 0o777).toBe(0o600)
  })

  it('reads what is written to its input until that is ended, and nothing when it has none', async () => {
    const handle = await startProcess(script('cat; echo over', { hasInput: true }))
    handle.input?.write('hello ')
    handle.input?.write('x'.repeat(300_000))
    handle.input?.end()
    const exit = await handle.exited

    const other = await startProcess(script('cat; echo over', { stateDir: join(folder, 'other') }))
    await other.exited

    expect(exit.code).toBe(0)
    expect(output()).toBe(`hello ${'x'.repeat(300_000)}over\n`)
    expect(readFileSync(other.logFile, 'utf8')).toBe('over\n')
  })

  it('sees exactly the words and the environment it is given, whatever they contain', async () => {
    const words = ['$(touch x)', '; exit 3', "'", '"', 'a\nb', '*', '', '-e', '`id`', '${HOME}']
    const env = { PATH, state: 'mine', 'dotted.name': 'kept', ENV: '/nowhere', IFS: 'a', __proto__x: '1' }
    process.env['PLIMSOLL_TEST_SECRET'] = 'of the parent'

    const code = 'console.log(JSON.stringify({ words: process.argv.slice(1), env: process.env }))'
    const handle = await startProcess(specOf(process.execPath, ['-e', code, '--', ...words], { env }))
    await handle.exited

    const seen = JSON.parse(output()) as { words: string[]; env: Record<string, string> }
    expect(seen.words).toEqual(words)
    expect(seen.env).toMatchObject({ state: 'mine', 'dotted.name': 'kept', ENV: '/nowhere', __proto__x: '1' })
    expect(seen.env).not.toHaveProperty('PLIMSOLL_TEST_SECRET')
    expect(Object.keys(seen.env).filter((name) => name.startsWith('PLIMSOLL_SHIM'))).toEqual([])
  })

  it('has the signals of an ordinary process', async () => {
    const handle = await startProcess(script('trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.05; done 2>/dev/null'))
    await until(() => output().includes('ready'))

    const exit = await endProcess(handle, 60_000)

    expect(exit.code).toBe(4)
    expect(output()).toBe('ready\nbye\n')
  })

  it('ends with 143 when SIGTERM ends it', async () => {
    const handle = await startProcess(specOf('sleep', ['600']))

    expect((await endProcess(handle, 60_000)).code).toBe(143)
    expect(output()).toBe('')
  })

  it('is killed after its grace, with everything it started', async () => {
    const handle = await startProcess(script('trap "" TERM; sleep 600 & echo $! > child; echo ready; while :; do sleep 0.05; done'))
    await until(() => existsSync(join(folder, 'state', 'output.log')) && output().includes('ready'))
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))

    const exit = await endProcess(handle, 50)

    expect(exit.code).toBe(137)
    await until(() => identify(child) === undefined)
  })

  it('takes what it left in the background with it', async () => {
    const handle = await startProcess(script('sleep 600 & echo $! > child; exit 0'))

    expect((await handle.exited).code).toBe(0)

    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await until(() => identify(child) === undefined)
  })

  it('is not left behind when somebody kills its shim', async () => {
    const handle = await startProcess(script('sleep 600 & echo $! > child; echo ready; wait'))
    await until(() => output().includes('ready'))

    process.kill(handle.pid, 'SIGKILL')

    expect((await handle.exited).code).toBe(137)
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await until(() => identify(child) === undefined)
  })

  it('can be asked on which ports it listens', async () => {
    const code = 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))'
    const handle = await startProcess(specOf(process.execPath, ['-e', code]))
    await until(() => output().endsWith('\n'))

    expect([...listeningPorts(handle.pid)]).toEqual([Number(output())])
    await endProcess(handle, 1000)
  })
})

describe('a process that cannot start says why, as a kubelet does', () => {
  it.each([
    ['nothing-of-this-name', 127, 'exec: "nothing-of-this-name": executable file not found in $PATH'],
    ['/no/such/file', 127, 'exec: "/no/such/file": stat /no/such/file: no such file or directory'],
    ['./plain', 126, 'exec: "./plain": permission denied'],
    ['/tmp', 126, 'exec: "/tmp": is a directory'],
  ])('%s', async (command, exitCode, message) => {
    writeFileSync(join(folder, 'plain'), 'echo never')

    await expect(startProcess(specOf(command, []))).rejects.toMatchObject({ name: 'ProcessStartError', exitCode, message })
  })

  it('a working directory that is not there', async () => {
    const workingDir = join(folder, 'nowhere')

    await expect(startProcess(specOf('true', [], { workingDir }))).rejects.toMatchObject({
      exitCode: 128,
      message: `chdir to cwd ("${workingDir}"): no such file or directory`,
    })
  })
})

describe('a process whose parent is killed', () => {
  const parentCode = (stateDir: string, text: string) => `
    import { startProcess } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const handle = await startProcess(${JSON.stringify({ ...script(text), stateDir })})
    console.log(handle.pid)
    setInterval(() => {}, 1000)
  `

  async function startAndKillParent(text: string): Promise<number> {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', parentCode(join(folder, 'state'), text)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))))
    const gone = new Promise((resolve) => parent.once('exit', resolve))
    parent.kill('SIGKILL')
    await gone
    return pid
  }

  it('lives on, is adopted, and its exit code is learned', async () => {
    const pid = await startAndKillParent('echo started; while [ ! -e go ]; do sleep 0.02; done; echo done; exit 9')

    const handle = adoptProcess(join(folder, 'state'))
    expect(handle?.pid).toBe(pid)
    writeFileSync(join(folder, 'go'), '')

    expect((await handle?.exited)?.code).toBe(9)
    expect(output()).toBe('started\ndone\n')
  })

  it('can be ended by who adopted it', async () => {
    await startAndKillParent('sleep 600')

    const handle = adoptProcess(join(folder, 'state'))

    expect(handle && (await endProcess(handle, 60_000)).code).toBe(143)
  })

  it('has its exit code also when it ended while nobody looked', async () => {
    await startAndKillParent('exit 3')
    await until(() => existsSync(join(folder, 'state', 'exit')))

    expect((await adoptProcess(join(folder, 'state'))?.exited)?.code).toBe(3)
  })
})

describe('adopting', () => {
  it('finds nothing where nothing was started', () => {
    expect(adoptProcess(join(folder, 'state'))).toBeUndefined()
  })

  it('never signals another process that has the pid by now', async () => {
    const bystander = await startProcess(specOf('sleep', ['600'], { stateDir: join(folder, 'bystander') }))
    await until(() => existsSync(join(folder, 'bystander', 'process')))
    const record = readFileSync(join(folder, 'bystander', 'process'), 'latin1')
    const [pid, stat, boot] = record.split('\n')
    const fields = (stat ?? '').split(' ')
    fields[21] = String(Number(fields[21]) - 100)
    mkdirSync(join(folder, 'state'))
    writeFileSync(join(folder, 'state', 'process'), `${pid}\n${fields.join(' ')}\n${boot}\n`)

    const handle = adoptProcess(join(folder, 'state'))
    handle?.signal('SIGKILL')

    expect((await handle?.exited)?.code).toBeUndefined()
    expect(identify(bystander.pid)).toBeDefined()
    expect((await endProcess(bystander, 60_000)).code).toBe(143)
  })
})
