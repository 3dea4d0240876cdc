import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../bin/plimsoll.js', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-ci-run-'))
  git('init', '-q', '-b', 'main')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function git(...args: string[]): string {
  return execFileSync('git', ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args])
    .toString()
    .trim()
}

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

function plimsoll(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

const workflow = `
name: Test
on:
  push:
  workflow_dispatch:
    inputs: {level: {default: low}}
jobs:
  build: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: cat model.txt}]}
  test:
    needs: build
    runs-on: x
    strategy: {matrix: {size: [1, 2]}}
    steps:
      - run: echo "size \${{ matrix.size }} level \${{ inputs.level }} key $KEY"
        env: {KEY: "\${{ secrets.API_KEY }}"}
  other: {runs-on: x, steps: [{run: exit 4}]}
`

describe('plimsoll ci run', { timeout: 60_000 }, () => {
  it('runs the working copy as it is, and writes nothing to it', async () => {
    write({ '.github/workflows/test.yml': workflow, 'model.txt': 'committed' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')
    write({ 'model.txt': 'not committed', 'new.txt': 'x' })
    const state = () => [git('status', '--porcelain'), git('for-each-ref'), git('count-objects')]
    const before = state()

    const { code, out, err } = await plimsoll(['ci', 'run', '--job', 'test', '--secret', 'API_KEY', '--matrix', 'size=2'], {
      API_KEY: 'hush-hush',
    })

    expect(out).toContain('build | not committed')
    expect(out).toContain('test (2) | size 2 level  key ***')
    expect(out).not.toContain('size 1')
    expect(out).not.toContain('hush-hush')
    expect(err).toContain('with changes that are not committed')
    expect(code).toBe(0)
    expect(state()).toEqual(before)
  })

  it('ends with 1 when a job has failed, and says which', async () => {
    write({ '.github/workflows/test.yml': workflow, 'model.txt': 'm' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')

    const { code, out } = await plimsoll(['ci', 'run', 'test.yml', '--event', 'workflow_dispatch', '--input', 'level=high'])

    expect(code).toBe(1)
    expect(out).toContain('level high')
    expect(out).toContain('✗ other')
    expect(out).toContain('Process completed with exit code 4.')
  })

  it('knows a workflow by its file, with or without the ending, and says which there are', async () => {
    write({ '.github/workflows/test.yml': workflow, '.github/workflows/nightly.yml': 'on: schedule\njobs: {}', 'model.txt': 'm' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')

    const short = await plimsoll(['ci', 'run', 'test', '--job', 'build'])
    const path = await plimsoll(['ci', 'run', './.github/workflows/test.yml', '--dry-run'])
    const nowhere = await Promise.all([plimsoll(['ci', 'run', 'tset']), plimsoll(['ci', 'run', 'tset', '--dry-run'])])
    const otherwise = await plimsoll(['ci', 'run', 'test', '--event', 'pull_request'])

    expect(short).toMatchObject({ code: 0, out: expect.stringContaining('✓ build') as string })
    expect(path).toMatchObject({ code: 0, out: expect.not.stringContaining('nightly') as string })
    for (const { code, err } of nowhere) {
      expect(code).not.toBe(0)
      expect(err).toContain("There is no workflow 'tset' in .github/workflows (found nightly.yml, test.yml).")
    }
    expect(otherwise.err).toContain('.github/workflows/test.yml: the workflow is not started by pull_request')
  })

  it('shows what would run, and why not, and runs nothing', async () => {
    write({ '.github/workflows/test.yml': workflow, '.github/workflows/nightly.yml': 'on: schedule\njobs: {}', 'model.txt': 'm' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')

    const { out } = await plimsoll(['ci', 'run', '--dry-run', '--event', 'push'])

    expect(out).toContain('.github/workflows/test.yml: Test\n  build\n    uses actions/checkout@v4\n    cat model.txt')
    expect(out).toContain('test (needs build)')
    expect(out).toContain('.github/workflows/nightly.yml: does not run: ')
    expect(out).not.toContain('Set up')
  })

  it('plays a pull request as the server would: at a ref of its own, and of its target what the target has', async () => {
    const say = 'echo "at $GITHUB_REF $GITHUB_REF_NAME into $GITHUB_BASE_REF"'
    const jobs = `jobs: {say: {runs-on: x, steps: [{run: '${say}'}]}, deploy: {if: github.ref == 'refs/heads/main', runs-on: x, steps: [{run: echo deploys}]}}`
    const files = `on: pull_request_target\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: 'echo "has $(cat a.txt)"'}]}}`
    write({ '.github/workflows/ci.yml': `on: [push, pull_request]\n${jobs}`, '.github/workflows/target.yml': files, 'a.txt': 'first' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')

    const pushed = await plimsoll(['ci', 'run'])
    const proposed = await plimsoll(['ci', 'run', '--event', 'pull_request'])
    git('checkout', '-q', '-b', 'feature')
    write({ 'a.txt': 'second' })
    git('commit', '-q', '-a', '-m', 'Second')
    const target = await plimsoll(['ci', 'run', '--event', 'pull_request_target'])

    expect(pushed.out).toContain('✓ deploy')
    expect(proposed.out).toContain('at refs/pull/1/merge 1/merge into main')
    expect(proposed.out).toContain('○ deploy')
    expect(target.out).toContain('has first')
  })

  it('says what to do where nothing can run', async () => {
    const nowhere = await plimsoll(['ci', 'run'])
    write({ 'a.txt': 'a' })
    git('add', '-A')
    git('commit', '-q', '-m', 'First')
    const nothing = await plimsoll(['ci', 'run'])
    const noSecret = await plimsoll(['ci', 'run', '--secret', 'NOT_SET_ANYWHERE'])

    expect([nowhere.code, nothing.code, noSecret.code]).toEqual([20, 1, 2])
    expect(nowhere.err).toContain('is no working copy of Git with a commit in it')
    expect(nothing.err).toContain('No workflow is started by push')
  })
})
