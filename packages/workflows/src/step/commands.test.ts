import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'
import { parseAssignments } from './command-files.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})

afterAll(() => house.close())

describe('what a step prints', () => {
  it('is obeyed as GitHub obeys it, and nothing else of it', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    outputs: {leak: "\${{ steps.c.outputs.leak }}"}
    steps:
      - id: c
        run: |
          echo "::add-mask::swordfish"
          echo "the word is swordfish, $(printf swordfish | base64)"
          echo "::group::Training"
          echo "::error file=src/train.py,line=7,title=Bad::It broke"
          echo "::warning::careful"
          echo "::endgroup::"
          echo "::stop-commands::pause-here"
          echo "::error::not an error"
          echo "::pause-here::"
          echo "::set-env name=A::b"
          echo "::debug::hidden"
          echo "leak=swordfish" >> $GITHUB_OUTPUT
          printf '\\033[31mred\\033[0m\\n'
          echo to stderr > /dev/stderr
          printf 'no newline at the end'
`)

    const text = await house.text(run)
    const shown = text.slice(text.lastIndexOf('[endgroup]', text.indexOf('the word is ***')))
    expect(shown).toContain('the word is ***, ***')
    expect(text).toContain('[group]Training')
    expect(text).toContain('[error]It broke')
    expect(text).toContain('::error::not an error')
    expect(text).toContain('`set-env` command is disabled')
    expect(text).not.toContain('hidden\n[')
    expect(text).toContain('\u001B[31mred\u001B[0m')
    expect(text).toContain('to stderr')
    expect(text).toContain('no newline at the end')
    expect(text).toContain("Skip output 'leak' since it may contain secret.")
    expect(run.jobs[0]?.annotations).toMatchObject([
      { path: 'src/train.py', line: 7, level: 'failure', message: 'It broke', title: 'Bad' },
      { level: 'warning', message: 'careful' },
    ])
  })

  it('never shows a part of a secret, also where a long text is cut', async () => {
    house.secrets.set('LONG', 'S3cr3t'.repeat(60))
    const run = await house.run(
      `on: push\njobs: {a: {runs-on: x, steps: [{run: "echo 'at the end of a line that is as long as this one is ' '\${{ secrets.LONG }}'"}, {run: exit 1, name: "n \${{ secrets.LONG }}"}]}}`,
    )

    expect(await house.text(run)).not.toContain('S3cr3t')
    expect(JSON.stringify(run)).not.toContain('S3cr3t')
    house.secrets.clear()
  })
})

describe('files of a step', () => {
  it('are read as GitHub reads them', () => {
    expect(parseAssignments('a=1\nb<<END\nx\ny=2\nEND\nc=a<<b\n')).toEqual([
      ['a', '1'],
      ['b', 'x\ny=2'],
      ['c', 'a<<b'],
    ])
    expect(() => parseAssignments('b<<END\nx\n')).toThrow("Matching delimiter not found 'END'")
    expect(() => parseAssignments('nonsense')).toThrow("Invalid format 'nonsense'")
    expect(() => parseAssignments('=x')).toThrow('Name must not be empty')
  })

  it('set no variable that would change how actions run', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo "NODE_OPTIONS=--require /tmp/evil.js" >> $GITHUB_ENV
      - {if: always(), run: 'echo "options=[$NODE_OPTIONS]"'}
`)

    expect(run.jobs[0]?.steps[1]?.conclusion).toBe('failure')
    expect(await house.text(run)).toContain('options=[]')
  })
})

describe('a shell', () => {
  it('is the one that is asked for, and one that is not there is named', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    defaults: {run: {shell: bash, working-directory: sub}}
    steps:
      - {run: mkdir sub, working-directory: .}
      - run: false | true; echo never
        continue-on-error: true
      - {shell: python, run: "import os; print('py', os.getcwd())"}
      - {shell: "node {0}", run: "console.log('js', process.cwd())"}
      - {shell: sh, run: "echo sh $0"}
      - {shell: node, run: "console.log('own', 1)"}
      - {shell: "\${{ 'fish-not-there' }}", run: x, continue-on-error: true}
      - {shell: "perl6-not-there {0}", run: x, continue-on-error: true}
      - {shell: pwsh, run: Write-Host x, continue-on-error: true}
      - {run: pwd, working-directory: nowhere}
`)

    expect(run.why).toBeUndefined()
    const text = await house.text(run)
    expect(text).not.toMatch(/^never$/m)
    expect(text).toContain('py /home/runner/work/demo/demo/sub')
    expect(text).toContain('js /home/runner/work/demo/demo/sub')
    expect(text).toMatch(/sh \/github\/.*\.sh/)
    expect(text).toContain("Shell 'fish-not-there' is neither one of those that are known")
    expect(text).toContain("Shell 'perl6-not-there' is not installed on this machine")
    expect(text).toContain("The working directory '/home/runner/work/demo/demo/nowhere' does not exist.")
  })
})
