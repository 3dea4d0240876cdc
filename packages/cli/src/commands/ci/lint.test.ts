import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { addCiLint } from './lint.ts'

let around: string
let folder: string
let before: string
let output: string

beforeEach(() => {
  around = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-lint-')))
  folder = join(around, 'repository')
  mkdirSync(join(folder, '.git'), { recursive: true })
  mkdirSync(join(folder, '.github/workflows'), { recursive: true })
  before = process.cwd()
  process.chdir(folder)
  output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})

afterEach(() => {
  vi.restoreAllMocks()
  process.chdir(before)
  process.exitCode = undefined
  rmSync(around, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, '.github/workflows', name), text)
}

async function lint(...args: string[]): Promise<void> {
  const ci = new Command().exitOverride()
  addCiLint(ci)
  await ci.parseAsync(['lint', ...args], { from: 'user' })
}

const job = 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }\n'

test('Every workflow of the working copy is looked at, and problems have their place', async () => {
  write('good.yml', `on: push\n${job}`)
  write('bad.yaml', `on: psh\n${job}`)

  await lint()

  expect(output).toBe(".github/workflows/bad.yaml:1:5: error: there is no event 'psh', did you mean 'push'?\n")
  expect(process.exitCode).toBe(1)
})

test('A script that holds what strangers write is a warning, which is no failure', async () => {
  write('a.yml', "on: issues\njobs: { a: { runs-on: x, steps: [{ run: 'echo ${{ github.event.issue.title }}' }] } }\n")

  await lint('-o', 'json', '.github/workflows/a.yml')

  expect(JSON.parse(output)).toMatchObject([{ path: '.github/workflows/a.yml', line: 2, severity: 'warning' }])
  expect(process.exitCode).toBe(undefined)
})

test('A workflow that is called has to be there, inside the repository; others are not fetched', async () => {
  writeFileSync(join(around, 'outside.yml'), `on: workflow_call\n${job}`)
  symlinkSync(join(around, 'outside.yml'), join(folder, '.github/workflows/link.yml'))
  const uses = (path: string): string => `{ uses: ${path} }`
  write(
    'a.yml',
    `on: push\njobs:\n  a: ${uses('./.github/workflows/none.yml')}\n  b: ${uses('o/r/.github/workflows/x.yml@v1')}\n  c: ${uses('./.github/workflows/link.yml')}\n`,
  )

  await lint('.github/workflows/a.yml')

  expect(output.split('\n')).toEqual([
    ".github/workflows/a.yml:3:14: error: './.github/workflows/none.yml': there is no such file in this working copy",
    ".github/workflows/a.yml:5:14: error: './.github/workflows/link.yml': the file is a link that leaves the repository",
    '',
  ])
})

test('A file that is not there, and a folder without workflows, are said', async () => {
  await expect(lint('nothing.yml')).rejects.toThrow('nothing.yml does not exist')
  await expect(lint()).rejects.toThrow('no workflow file')
})
