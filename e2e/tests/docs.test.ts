import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCodes, setConditionTypes } from '@plimsoll/api'
import { pages, textOf } from '../harness/pages.ts'
import { root } from '../harness/paths.ts'
import { cliProgram, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { run } from '../harness/run.ts'

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

/** The part of commander's commands that is looked at. */
interface HelpCommand {
  commands: HelpCommand[]
  name(): string
  configureHelp(options: { helpWidth: number }): { helpInformation(): string }
}

/** On lines as long as they need. */
function helpOf(command: HelpCommand): string {
  return command.configureHelp({ helpWidth: 500 }).helpInformation()
}

describe('the page of the command line', () => {
  const page = textOf('docs/spec/cli.md')

  it('has every verb and every flag, and no other', { timeout: 120_000 }, async () => {
    const wrong: string[] = []
    const verbs: string[] = []
    async function visit(command: HelpCommand, words: string[]): Promise<void> {
      if (command.commands.length > 0) {
        for (const child of command.commands) await visit(child, [...words, child.name()])
        return
      }
      // `render helm` reads its own command line: its help is not commander's.
      const isHelm = words.join(' ') === 'render helm'
      const stdout = isHelm ? (await run(process.execPath, [cliProgram, ...words, '--help'])).stdout : helpOf(command)
      const options = stdout.slice(stdout.indexOf('Options:'))
      const verb = words.join(' ')
      verbs.push(verb)
      const section = page.split(/^### /m).find((part) => part.startsWith(`${verb}\n`) || part.startsWith(`${verb} `))
      if (section === undefined) {
        wrong.push(`${verb} is missing`)
        return
      }
      // `render helm` has Helm's flags, which its page has in words, and names its own by itself.
      const told = stdout.includes('Options:') ? options : stdout
      const flags = [...told.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag).filter((flag) => flag !== '--help')
      const listed = [...(section.trimEnd().split('\n\n').at(-1) ?? '').matchAll(/`(?:-\w, )?(--[\w-]+)[^`]*`/g)].map(
        ([, flag = '']) => flag,
      )
      for (const flag of flags) if (!listed.includes(flag)) wrong.push(`${verb} ${flag} is missing`)
      if (flags.length > 0) for (const flag of listed) if (!flags.includes(flag)) wrong.push(`${verb} has no ${flag}`)
    }

    const { createProgram } = (await import(pathToFileURL(join(root, 'packages', 'cli', 'dist', 'program.js')).href)) as {
      createProgram: () => HelpCommand
    }
    await visit(createProgram(), [])

    expect(wrong).toEqual([])
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading.replace(/ [<[].*$/, ''))
    expect(headings.toSorted()).toEqual(verbs.toSorted())
  })
})

describe('the page of the API', () => {
  let plimsoll: Plimsoll
  beforeAll(async () => {
    plimsoll = await startPlimsoll({ demo: true })
  }, 90_000)
  afterAll(() => plimsoll?.stop())

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
})

describe('the page of applications', () => {
  it('explains every condition that there is', () => {
    const sources = join(root, 'packages', 'applications', 'src')
    const made = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      // Others have errors of their own: scripts, and sets, whose conditions are on their page.
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !/^(actions|health|jq|lua|sets)\//.test(name))
      .flatMap((name) =>
        [...readFileSync(join(sources, name), 'utf8').matchAll(/'([A-Z][A-Za-z]+(?:Error|Warning))'/g)].map(([, type = '']) => type),
      )

    const explained = textOf('docs/spec/application.md')

    expect(new Set(made).size).toBeGreaterThan(5)
    expect([...new Set(made)].filter((type) => !explained.includes(`\`${type}\``))).toEqual([])
  })
})

describe('the page of ApplicationSets', () => {
  it.each([
    ['reason', 'reconcile/set-conditions.ts', 'setReasons'],
    ['kind of generator', 'generate/generator.ts', 'generatorKinds'],
  ])('explains every condition and every %s', (_what, file, constant) => {
    const source = readFileSync(join(root, 'packages', 'applications', 'src', 'sets', file), 'utf8')
    const list = source.split(`export const ${constant} = `)[1]?.split(' as const')[0] ?? ''
    const words = [...list.matchAll(/'(\w+)'/g)].map(([, word = '']) => word)

    const explained = textOf('docs/spec/applicationset.md')

    expect(words.length).toBeGreaterThan(5)
    expect([...setConditionTypes, ...words].filter((word) => !explained.includes(`\`${word}\``))).toEqual([])
  })
})
