import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findEngineHere } from '../testing/engine-here.ts'
import { type House, openHouse } from '../testing/house.ts'
import { askEngine } from './engine.ts'

/** Everything here runs in a real engine, with an image that is made of this machine's own programs. */
const here = await findEngineHere()
const { engine, program, image } = 'why' in here ? { engine: undefined, program: 'none', image: '' } : here
const title = 'why' in here ? `containers (left out: no engine runs any here: ${here.why})` : 'containers'

const serve =
  "require('http').createServer((_, answer) => answer.end('hello from ' + require('os').hostname())).listen(8080, () => console.log('listening'))"
const web = `
      web:
        image: ${image}
        env: {SCRIPT: "${serve}"}
        ports: [8080]
        entrypoint: node
        command: -e eval(process.env.SCRIPT)
        options: >-
          --health-cmd "node -e \\"fetch('http://127.0.0.1:8080').catch(() => process.exit(1))\\""
          --health-interval 1s --health-retries 20
`
const ask = (address: string): string => `node -e "fetch('http://${address}').then((answer) => answer.text()).then(console.log)"`

/** Of the jobs of this file: what others have left on this machine, a killed run of these tests say, is theirs. */
async function left(): Promise<string> {
  return (await labelled()).filter((line) => !ofOthers.has(line)).join('\n')
}

async function labelled(): Promise<string[]> {
  if (!engine) return []
  const lists = [
    ['ps', '--all', '--quiet'],
    ['network', 'ls', '--quiet'],
    ['volume', 'ls', '--quiet'],
    ['images', '--quiet'],
  ]
  const found = await Promise.all(lists.map((list) => askEngine(engine, [...list, '--filter=label=dev.plimsoll.job'])))
  return found.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean))
}
const ofOthers = new Set(await labelled())

describe.skipIf('why' in here)(title, { timeout: 120_000 }, () => {
  let house: House

  beforeAll(async () => {
    house = await openHouse({ containerEngine: program })
    writeFileSync(join(house.dataDir, 'token'), 'canary-2b7f')
  })

  afterAll(async () => {
    await house.close()
    if ('close' in here) await here.close()
  })

  it('serve the steps of a job on this machine at ports of its own, and are gone afterwards', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    services:
${web}
    steps:
      - run: ${ask("127.0.0.1:${{ job.services.web.ports['8080'] }}")}
`)

    const text = await house.text(run)
    expect(run).toMatchObject({ conclusion: 'success', jobs: [{ isolation: 'user namespaces' }] })
    expect(text).toMatch(/^hello from [0-9a-f]{12}$/m)
    expect(text).toMatch(/\[group\]Print service container logs: web\nlistening\n/)
    expect(await left()).toBe('')
  })

  it('run all steps of a job, with its files, what steps say by files, actions and services by name', async () => {
    const run = await house.run(
      `
on: push
jobs:
  a:
    runs-on: x
    container: {image: ${image}, env: {SET: by the workflow}}
    services:
${web}
    outputs: {said: '\${{ steps.one.outputs.said }}'}
    steps:
      - uses: actions/checkout@v4
      - id: one
        run: |
          echo "$SET in $PWD as $(id -u)"; cat file.txt
          ${ask('web:8080')}
          echo "said=in a container" >> $GITHUB_OUTPUT
          echo "LATER=still here" >> $GITHUB_ENV
          echo "### A summary" >> $GITHUB_STEP_SUMMARY
          echo "::notice::from a command"
          grep -E 'NoNewPrivs|CapBnd' /proc/self/status
      - run: echo "$LATER, \${{ steps.one.outputs.said }}, \${{ hashFiles('file.txt') }}"
      - uses: ./js
        with: {name: ada}
      - uses: actions/upload-artifact@v4
        with: {name: files, path: file.txt}
      - run: cat ${house.dataDir}/token || grep -rs canary-2b7f /github /__w /__t /root /tmp /var /run || echo nothing found
      - run: exit 7
        continue-on-error: true
`,
      {},
      {
        'file.txt': 'a file of the commit\n',
        'js/action.yml': 'name: js\ninputs: {name: {default: x}}\nruns: {using: node20, main: main.mjs, post: post.mjs}',
        'js/main.mjs':
          'import { appendFileSync } from "node:fs"\nconsole.log("action for", process.env.INPUT_NAME, "by", process.execPath)\nappendFileSync(process.env.GITHUB_STATE, "kept=yes")',
        'js/post.mjs': 'console.log("afterwards", process.env.STATE_kept)',
      },
    )

    const text = await house.text(run)
    const [job] = run.jobs
    expect(job).toMatchObject({ conclusion: 'success', isolation: 'container' })
    for (const line of [
      'by the workflow in /__w/demo/demo as 0',
      'a file of the commit',
      'action for ada by /__e/node/bin/node',
      'afterwards yes',
      '[error]Process completed with exit code 7.',
      'nothing found',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/^hello from [0-9a-f]{12}$/m)
    expect(text).toMatch(/^still here, in a container, [0-9a-f]{64}$/m)
    expect(text).toMatch(/NoNewPrivs:\s+1/)
    expect(text.replaceAll('grep -rs canary-2b7f', '')).not.toContain('canary-2b7f')
    expect(job?.steps[3]?.summary).toContain('A summary')
    expect(job?.annotations).toMatchObject([{ message: 'from a command' }, { message: 'Process completed with exit code 7.' }])
    expect((await house.runs.artifacts(run.id)).map(({ name }) => name)).toEqual(['files'])
    expect(await left()).toBe('')
  })

  it('are actions: built or there already, with the workspace, inputs, outputs and an end of their own', async () => {
    const run = await house.run(
      `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - uses: ./act
        id: act
        with: {who: ada}
      - run: echo "\${{ steps.act.outputs.o }}"; cat written
      - uses: docker://${image}
        with: {entrypoint: sh, args: '-c "ls; cat written; exit 5"'}
`,
      {},
      {
        'act/action.yml': `
name: act
inputs: {who: {default: nobody}}
runs: {using: docker, image: Dockerfile, args: ['two words', '\${{ inputs.who }}'], env: {MORE: 'for \${{ inputs.who }}'}, post-entrypoint: /post.sh}
`,
        'act/Dockerfile': `FROM ${image}\nCOPY --chmod=755 run.sh post.sh /\nENTRYPOINT ["sh", "/run.sh"]\n`,
        'act/run.sh':
          'echo "$1/$2/$INPUT_WHO/$MORE in $PWD"; echo "o=an output" >> $GITHUB_OUTPUT; echo "s=kept" >> $GITHUB_STATE; echo "by the action" > written',
        'act/post.sh': '#!/bin/sh\necho "post: $STATE_s"\n',
      },
    )

    const text = await house.text(run)
    expect(text).toContain('two words/ada/ada/for ada in /github/workspace')
    expect(text).toContain('an output\nby the action\n')
    expect(text).toContain('The action has failed with exit code 5.')
    expect(run.jobs[0]?.steps.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'success', 'success', 'failure', 'success', 'success', 'success']) // prettier-ignore
    expect(await left()).toBe('')
  })

  it('see nothing more of this machine when a step has put links in the place of folders', async () => {
    // As deep as the real ones: whoever follows them on this machine is led to its root.
    const attack = [
      'mv "$GITHUB_WORKSPACE" "$GITHUB_WORKSPACE.old"; ln -s / "$GITHUB_WORKSPACE"; mv "$RUNNER_TEMP" "$RUNNER_TEMP.old"; ln -s / "$RUNNER_TEMP"',
      'mv /__w/demo /__w/moved; mkdir -p /__w/demo; ln -s / /__w/demo/demo',
      'cd /home/runner; mv work old; mkdir -p trap/demo; ln -s / trap/demo/demo; ln -s / trap/_temp; ln -s trap work; true',
    ].join('; ')
    for (const container of ['', `container: ${image}`]) {
      const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    ${container}
    steps:
      - shell: sh {0}
        run: ${attack}
      - uses: docker://${image}
        with: {entrypoint: sh, args: '-c "ls /github/workspace/ /github/runner_temp/; cat /github/workspace${house.dataDir}/token; echo has looked"'}
`)

      const text = await house.text(run)
      expect(text).toMatch(/^has looked$/m)
      expect(text).not.toContain('canary-2b7f')
      expect(text).not.toMatch(/^(etc|usr|proc)$/m)
    }
    expect(await left()).toBe('')
  })

  it('that are built are built of what a step sees, not of what its links lead to on this machine', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          mkdir act whole
          printf 'name: x\\nruns: {using: docker, image: Dockerfile}' | tee act/action.yml > whole/action.yml
          ln -s ${house.dataDir}/token act/Dockerfile
          printf 'FROM ${image}\\nCOPY token /token\\nENTRYPOINT ["cat", "/token"]' > whole/Dockerfile
          ln -s ${house.dataDir}/token whole/token
      - {uses: ./act, continue-on-error: true}
      - {uses: ./whole, continue-on-error: true}
      - run: rm -r act && ln -s ${house.dataDir} act
      - {uses: ./act, continue-on-error: true}
`)

    const text = await house.text(run)
    expect(run.conclusion).toBe('success')
    expect(text.match(/The image could not be built from Dockerfile/g)).toHaveLength(2)
    expect(text).toContain("Can't find 'action.yml'")
    expect(text).not.toContain('canary-2b7f')
    expect(await left()).toBe('')
  })

  it('are ended by a cancel, a timeout and the memory of a job, however little they want to', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    container: ${image}
    steps:
      - run: trap 'echo told to stop; exit 4' INT; echo begun; sleep 600 & wait
        timeout-minutes: 0.02
        continue-on-error: true
      - run: echo after
      - run: sleep 600 & echo left
`)
    const [cancelled] = await house.push({ '.github/workflows/ci.yml': `on: push\njobs: {a: {runs-on: x, container: ${image}, steps: [{run: 'echo begun; sleep 600'}]}}` }) // prettier-ignore
    await house.until(cancelled?.id ?? '', (now) => now.jobs[0]?.steps[2]?.state === 'inProgress')
    await house.runs.cancel(cancelled?.id ?? '', 'ada')
    const small = await openHouse({ containerEngine: program, limits: { memoryBytes: 200 * 1024 ** 2 } })
    const memory = await small.run(`on: push\njobs: {a: {runs-on: x, container: ${image}, steps: [{run: "node -e 'const all=[]; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 20)'"}]}}`) // prettier-ignore

    expect(run.jobs[0]?.steps.map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
      'timedOut',
      'success',
      'success',
      'success',
      'success',
    ])
    expect(await house.text(run)).toContain('told to stop')
    expect(await house.ended(cancelled)).toMatchObject({ conclusion: 'cancelled' })
    expect(memory.jobs[0]).toMatchObject({ conclusion: 'failure' })
    expect(await small.text(memory)).toContain('exit code 137')
    await small.close()
    expect(await left()).toBe('')
  })

  it('that a killed server left are removed when the next one starts', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-killed-engine-'))
    const workflow = join(dataDir, 'workflow.yml')
    writeFileSync(
      workflow,
      `on: push\njobs:\n  a:\n    runs-on: x\n    container: ${image}\n    services:\n${web}\n    steps: [{run: 'echo ready; sleep 600'}]\n`,
    )
    const victim = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../dist/testing/victim.js', import.meta.url)), dataDir, workflow, program],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const isGone = new Promise((resolve) => victim.once('exit', resolve))
    let before = ''
    try {
      await new Promise<void>((resolve) => {
        victim.stdout.on('data', (chunk: Buffer) => /^running \d+$/m.test(chunk.toString()) && resolve())
        victim.once('exit', () => resolve())
      })
      before = await left()
    } finally {
      victim.kill('SIGKILL')
      await isGone
    }
    const next = await openHouse({ containerEngine: program }, { dataDir })
    const run = await next.run(`on: push\njobs: {a: {runs-on: x, container: ${image}, steps: [{run: echo ran}]}}`)

    expect(before.split('\n').filter(Boolean)).toHaveLength(3)
    expect(run.conclusion).toBe('success')
    expect(await left()).toBe('')
    await next.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
})
