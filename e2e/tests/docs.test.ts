import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCodes } from '@plimsoll/api'
import { newcomerEnvironment } from '../harness/clone.ts'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { root } from '../harness/paths.ts'
import { cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { mustRun, run } from '../harness/run.ts'

const kubectl = findKubectl('1.34')
const pages = ['README.md', ...markdownIn('docs'), ...markdownIn('examples')]

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .toSorted()
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

interface Example {
  script: string
  needsKubectl: boolean
}

/** Blocks that say ```` ```sh run ````: each begins in the folder of the clone, as its reader does. */
function examplesOf(page: string): Example[] {
  return [...textOf(page).matchAll(/^```sh run( kubectl)?\n([^]*?)^```$/gm)].map(([, needs, script = '']) => ({
    script,
    needsKubectl: needs !== undefined,
  }))
}

describe('every page', () => {
  it.each(pages)('%s leads only to what is there', (page) => {
    const targets = [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)

    const missing = targets.filter((target) => !/^https?:/.test(target) && !existsSync(resolve(root, dirname(page), target)))

    expect(missing).toEqual([])
  })

  it.each(pages)('%s names no place of the machine it was written on', (page) => {
    expect(textOf(page)).not.toMatch(/\/work\/|\/root\/|\/tmp\//)
  })
})

describe('the page of the command line', () => {
  const page = textOf('docs/spec/cli.md')

  it('has every verb and every flag, and no other', { timeout: 120_000 }, async () => {
    const wrong: string[] = []
    const verbs: string[] = []
    async function visit(words: string[]): Promise<void> {
      const { stdout } = await run(process.execPath, [cliProgram, ...words, '--help'], { env: { COLUMNS: '500' } })
      const [options = '', commands = ''] = stdout.slice(stdout.indexOf('Options:')).split('\nCommands:\n')
      const children = [...commands.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
      if (children.length > 0) {
        for (const child of children) await visit([...words, child])
        return
      }
      const verb = words.join(' ')
      verbs.push(verb)
      const section = page.split(/^### /m).find((part) => part.startsWith(`${verb}\n`) || part.startsWith(`${verb} `))
      if (section === undefined) {
        wrong.push(`${verb} is missing`)
        return
      }
      const flags = [...options.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag).filter((flag) => flag !== '--help')
      const listed = [...(section.trimEnd().split('\n\n').at(-1) ?? '').matchAll(/`(?:-\w, )?(--[\w-]+)[^`]*`/g)].map(
        ([, flag = '']) => flag,
      )
      for (const flag of flags) if (!listed.includes(flag)) wrong.push(`${verb} ${flag} is missing`)
      if (flags.length > 0) for (const flag of listed) if (!flags.includes(flag)) wrong.push(`${verb} has no ${flag}`)
    }

    await visit([])

    expect(wrong).toEqual([])
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading.replace(/ [<[].*$/, ''))
    expect(headings.toSorted()).toEqual(verbs.toSorted())
  })
})

describe('the page of the API', () => {
  it('has every error code, as it is', () => {
    const rows = textOf('docs/spec/api.md').match(/^\| `[a-z-]+` .*$/gm) ?? []
    const shown = rows.map((row) =>
      row
        .split('|')
        .map((cell) => cell.trim().replace(/^`([a-z-]+)`$/, '$1'))
        .slice(1, -1),
    )

    expect(shown).toEqual(
      Object.entries(errorCodes).map(([code, { status, grpc, retryable, turn, remedy }]) => [
        code,
        String(status),
        String(grpc),
        retryable ? 'yes' : 'no',
        turn === 'user' ? 'yours' : 'ours',
        remedy,
      ]),
    )
  })
})

describe('the page of applications', () => {
  it('explains every condition that there is', () => {
    const sources = join(root, 'packages', 'applications', 'src')
    const made = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .flatMap((name) =>
        [...readFileSync(join(sources, name), 'utf8').matchAll(/'([A-Z][A-Za-z]+(?:Error|Warning))'/g)].map(([, type = '']) => type),
      )

    const explained = textOf('docs/spec/application.md')

    expect(new Set(made).size).toBeGreaterThan(5)
    expect([...new Set(made)].filter((type) => !explained.includes(`\`${type}\``))).toEqual([])
  })
})

describe('what the pages tell to type', () => {
  let plimsoll: Plimsoll
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-docs-')))
  const clone = join(home, 'plimsoll')
  const bin = join(home, 'bin')

  beforeAll(async () => {
    plimsoll = await startPlimsoll({ demo: true })
    await untilSynced(plimsoll, 'demo', { health: 'Healthy' })
    // A clone as the reader has it: the programs in it, and the data directory where it is by default.
    for (const folder of [clone, bin]) mkdirSync(folder)
    for (const name of ['node_modules', 'packages', 'package.json']) symlinkSync(join(root, name), join(clone, name))
    symlinkSync(plimsoll.dataDir, join(clone, '.plimsoll'))
    if (kubectl) symlinkSync(kubectl, join(bin, 'kubectl'))
  }, 90_000)

  afterAll(async () => {
    await plimsoll?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  /** The addresses of this run in the place of those that a first start has. */
  function forThisRun(script: string): string {
    return script.replaceAll('127.0.0.1:7420', new URL(plimsoll.url).host).replaceAll(':7421', `:${new URL(plimsoll.gatewayUrl).port}`)
  }

  const withExamples = pages.filter((page) => examplesOf(page).length > 0)

  it('are the pages that are meant to have examples', () => {
    expect(withExamples).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/how-to/get-started.md',
        'docs/how-to/operate.md',
        'docs/spec/api.md',
        'docs/spec/cli.md',
        'docs/spec/git.md',
      ]),
    )
  })

  it('has every route of the API on its page, and no other', async () => {
    const { paths } = await plimsoll.api<{ paths: Record<string, Record<string, unknown>> }>('GET', '/openapi.json')
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )

    const listed = [...(textOf('docs/spec/api.md').split('\n## Routes\n')[1] ?? '').matchAll(/^\| `([A-Z]+ \/[^`]*)`/gm)].map(
      ([, route]) => route,
    )

    expect(new Set(listed)).toEqual(new Set(served))
    expect(listed.length).toBe(served.length)
  })

  it.each(withExamples)('%s', { timeout: 180_000 }, async (page) => {
    const env = newcomerEnvironment({
      HOME: home,
      PATH: `${bin}:${process.env['PATH']}`,
      PLIMSOLL_DATA_DIR: plimsoll.dataDir,
      GIT_AUTHOR_NAME: 'Reader',
      GIT_AUTHOR_EMAIL: 'reader@example.com',
      GIT_COMMITTER_NAME: 'Reader',
      GIT_COMMITTER_EMAIL: 'reader@example.com',
    })
    for (const { script, needsKubectl } of examplesOf(page)) {
      if (needsKubectl && !kubectl) {
        console.warn(`An example of ${page} was not run: ${kubectlMissing}.`)
        continue
      }
      await mustRun('sh', ['-euc', forThisRun(script)], { cwd: clone, env, timeoutMs: 100_000 })
    }
    // The next page begins where this one did.
    for (const name of ['plimsoll-demo', 'my-app']) rmSync(join(home, name), { recursive: true, force: true })
    await restoreDemo()
  })

  async function restoreDemo(): Promise<void> {
    await run(process.execPath, [cliProgram, 'app', 'delete', 'my-app', '--yes'], {
      env: newcomerEnvironment({ HOME: home, PLIMSOLL_DATA_DIR: plimsoll.dataDir }),
    })
    const deployment = readFileSync(join(root, 'examples', 'demo', 'k8s', 'deployment.yaml'), 'utf8')
    await plimsoll.push('demo', { ...demoFiles(), 'k8s/deployment.yaml': deployment })
    await plimsoll.push('my-app', { 'README.md': 'nothing yet\n' })
    const dir = join(plimsoll.dataDir, 'repositories', 'my-app.git')
    rmSync(dir, { recursive: true, force: true })
  }

  function demoFiles(): Record<string, string> {
    const base = join(root, 'examples', 'demo')
    const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return Object.fromEntries(
      files.map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(base.length + 1), readFileSync(path, 'utf8')]
      }),
    )
  }
})
