import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})

afterAll(() => house.close())

describe('jobs', () => {
  it('run by what they need, and by what became of it', async () => {
    const run = await house.run(`
on: push
jobs:
  bad: {runs-on: x, steps: [{run: exit 3}]}
  after: {needs: bad, runs-on: x, steps: [{run: echo never}]}
  always: {needs: bad, if: always(), runs-on: x, steps: [{run: "echo result \${{ needs.bad.result }}"}]}
  failed: {needs: [after], if: failure(), runs-on: x, steps: [{run: echo told}]}
  forgiven: {runs-on: x, continue-on-error: true, steps: [{run: exit 1}]}
  onward: {needs: forgiven, runs-on: x, steps: [{run: echo on}]}
`)

    expect(Object.fromEntries(run.jobs.map((one) => [one.key, one.conclusion]))).toEqual({
      bad: 'failure',
      after: 'skipped',
      always: 'success',
      failed: 'success',
      forgiven: 'failure',
      onward: 'success',
    })
    expect(await house.text(run, 'always')).toContain('result failure')
    expect(run.conclusion).toBe('failure')
  })

  it('of a matrix are made one by one, and stop when one has failed', async () => {
    const run = await house.run(`
on: push
jobs:
  test:
    runs-on: x
    strategy:
      max-parallel: 1
      matrix:
        size: [1, 2]
        include: [{size: 3, extra: more}]
    steps:
      - run: echo "size \${{ matrix.size }} \${{ matrix.extra }} of \${{ strategy.job-total }}"; [ \${{ matrix.size }} != 2 ]
`)

    expect(run.jobs.map((one) => [one.name, one.conclusion])).toEqual([
      ['test (1)', 'success'],
      ['test (2)', 'failure'],
      ['test (3, more)', 'cancelled'],
    ])
    expect(run.jobs[0]?.matrix).toEqual({ size: 1 })
  })

  it('call other workflows, with inputs and outputs', async () => {
    const run = await house.run(
      `
on: push
jobs:
  call:
    uses: ./.github/workflows/train.yml
    with: {epochs: 3}
  use: {needs: call, runs-on: x, steps: [{run: "echo got \${{ needs.call.outputs.score }}"}]}
`,
      {},
      {
        '.github/workflows/train.yml': `
on:
  workflow_call:
    inputs: {epochs: {type: number, required: true}}
    outputs: {score: {value: "\${{ jobs.train.outputs.score }}"}}
jobs:
  train:
    runs-on: x
    outputs: {score: "\${{ steps.s.outputs.score }}"}
    steps: [{id: s, run: "echo score=0.\${{ inputs.epochs }} >> $GITHUB_OUTPUT"}]
`,
      },
    )

    expect(run.jobs.map((one) => [one.key, one.name, one.conclusion])).toEqual([
      ['call/train', 'call / train', 'success'],
      ['use', 'use', 'success'],
    ])
    expect(await house.text(run, 'use')).toContain('got 0.3')
  })

  it('wait for the approvals of their environment, and not by who started them where that is asked for', async () => {
    house.environments.set('production', { requiredApprovals: 1, reviewers: ['ada', 'grace'], preventSelfReview: true })
    const [started] = await house.push({
      '.github/workflows/ci.yml': 'on: push\njobs: {deploy: {runs-on: x, environment: production, steps: [{run: echo deployed}]}}',
    })
    const waiting = await house.until(started?.id ?? '', (run) => run.jobs[0]?.state === 'waiting')
    const jobId = waiting.jobs[0]?.id ?? ''

    await expect(house.runs.decide(waiting.id, { jobId, isApproved: true }, 'ada')).rejects.toThrow('wants somebody else')
    await expect(house.runs.decide(waiting.id, { jobId, isApproved: true }, 'mallory')).rejects.toThrow('may not decide')
    await house.runs.decide(waiting.id, { jobId, isApproved: true }, 'grace')

    const run = await house.ended(started)
    expect(run.conclusion).toBe('success')
    expect(await house.text(run)).toContain('deployed')
    const again = await house.runs.rerun(run.id, {}, 'grace')
    const waitsAgain = await house.until(again.id, ({ jobs, attempt }) => attempt === 2 && jobs[0]?.state === 'waiting')
    const secondJob = waitsAgain.jobs[0]?.id ?? ''
    await expect(house.runs.decide(again.id, { jobId: secondJob, isApproved: true }, 'grace')).rejects.toThrow('wants somebody else')
    await house.runs.cancel(again.id, 'grace')
  })
})

describe('a concurrency group', () => {
  it('ends what runs in it when a newer one comes and says so', async () => {
    const workflow = 'on: push\nconcurrency: {group: one, cancel-in-progress: true}\njobs: {a: {runs-on: x, steps: [{run: sleep 30}]}}'
    const [first] = await house.push({ '.github/workflows/ci.yml': workflow })
    await house.until(first?.id ?? '', (run) => run.jobs[0]?.steps[1]?.state === 'inProgress')
    const [second] = await house.push({ '.github/workflows/ci.yml': workflow.replace('sleep 30', 'echo quick') })

    const ended = await house.ended(first)

    expect(ended).toMatchObject({ conclusion: 'cancelled', why: expect.stringContaining("'one'") })
    expect(await house.ended(second)).toMatchObject({ conclusion: 'success' })
  })
})

describe('a run that is cancelled', () => {
  it('stops its step, and still runs what wants to run always', async () => {
    const [started] = await house.push({
      '.github/workflows/ci.yml': `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          trap 'echo told to stop; exit 130' INT
          echo begun
          sleep 60 & wait
      - run: echo never
      - {if: always(), run: echo cleaned}
      - {if: cancelled(), run: echo "was cancelled"}
`,
    })
    const id = started?.id ?? ''
    await house.until(id, (run) => run.jobs[0]?.steps[1]?.state === 'inProgress')
    const jobId = (await house.runs.get(id)).jobs[0]?.id ?? ''
    await new Promise<void>((resolve) => {
      const stop = house.runs.subscribeLog(jobId, () => {
        void house.runs.log(jobId).then(({ lines }) => {
          if (!lines.some((line) => line.text === 'begun')) return
          stop()
          resolve()
        })
      })
    })

    await house.runs.cancel(id, 'grace')

    const run = await house.ended(started)
    const text = await house.text(run)
    expect(run).toMatchObject({ conclusion: 'cancelled', why: 'grace cancelled it.' })
    expect(text).toContain('told to stop')
    expect(text).toContain('cleaned')
    expect(text).toContain('was cancelled')
    expect(text).not.toContain('never\n')
  })
})

describe('time', () => {
  it('that a step or job takes too long ends it', async () => {
    const run = await house.run(`
on: push
jobs:
  step: {runs-on: x, steps: [{run: sleep 30, timeout-minutes: 0.01}, {run: echo after, if: failure()}]}
  job: {runs-on: x, timeout-minutes: 0.02, steps: [{run: sleep 30}, {run: "echo the job is \${{ job.status }}", if: always()}]}
  after: {runs-on: x, needs: job, if: always(), steps: [{run: "echo it was \${{ needs.job.result }}"}]}
  failed: {runs-on: x, needs: job, if: failure(), steps: [{run: echo never}]}
`)

    expect(run.jobs.map((one) => one.conclusion)).toEqual(['failure', 'timedOut', 'success', 'skipped'])
    expect(run.jobs[1]?.annotations).toMatchObject([{ message: 'The job has exceeded the maximum execution time of 0.02 minutes.' }])
    expect(await house.text(run, 'job')).toContain('the job is cancelled')
    expect(await house.text(run, 'after')).toContain('it was cancelled')
    expect(run.jobs[0]?.steps[1]?.conclusion).toBe('timedOut')
    expect(await house.text(run, 'step')).toContain('after')
  })
})

describe('running again', () => {
  it('takes what has failed and what needs it, and keeps the rest', async () => {
    const [started] = await house.push({
      '.github/workflows/ci.yml': `
on: push
jobs:
  good: {runs-on: x, outputs: {at: "\${{ steps.s.outputs.at }}"}, steps: [{id: s, run: "echo at=$GITHUB_RUN_ATTEMPT >> $GITHUB_OUTPUT"}]}
  flaky: {needs: good, runs-on: x, steps: [{run: "[ $GITHUB_RUN_ATTEMPT = 2 ]"}]}
  last: {needs: [flaky, good], runs-on: x, steps: [{run: "echo good ran in \${{ needs.good.outputs.at }}"}]}
`,
    })
    const first = await house.ended(started)

    await house.runs.rerun(first.id, { failedOnly: true }, 'ada')

    const second = await house.until(first.id, (run) => run.state === 'completed' && run.attempt === 2)
    expect(first.conclusion).toBe('failure')
    expect(second.conclusion).toBe('success')
    expect(second.jobs.map((one) => one.key).toSorted()).toEqual(['flaky', 'good', 'last'])
    expect(await house.text(second, 'last')).toContain('good ran in 1')
  })
})

describe('running again what has failed', () => {
  it('of a matrix takes its failed members alone, and anew whatever builds on them', async () => {
    const [started] = await house.push({
      '.github/workflows/ci.yml': `
on: push
jobs:
  test:
    runs-on: x
    strategy: {fail-fast: false, matrix: {size: [1, 2, 3]}}
    steps: [{run: "echo ran \${{ matrix.size }} in $GITHUB_RUN_ATTEMPT; [ \${{ matrix.size }} != 2 ] || [ $GITHUB_RUN_ATTEMPT = 2 ]"}]
  report: {needs: test, if: always(), runs-on: x, steps: [{run: "echo told \${{ needs.test.result }}"}]}
`,
    })
    const first = await house.ended(started)

    await house.runs.rerun(first.id, { failedOnly: true }, 'ada')

    const second = await house.until(first.id, (run) => run.state === 'completed' && run.attempt === 2)
    expect(second.conclusion).toBe('success')
    expect(second.jobs.map((one) => one.name)).toEqual(['test (1)', 'test (2)', 'test (3)', 'report'])
    const text = await house.text(second)
    expect([...text.matchAll(/^ran \d in \d$/gm)].map(String)).toEqual(['ran 1 in 1', 'ran 2 in 2', 'ran 3 in 1'])
    expect(text).toMatch(/^told success$/m)
    expect(text).not.toMatch(/^told failure$/m)
  })

  it('of a called workflow keeps what has ended well in it', async () => {
    const [started] = await house.push({
      '.github/workflows/ci.yml': 'on: push\njobs: {call: {uses: ./.github/workflows/inner.yml}}',
      '.github/workflows/inner.yml':
        'on: workflow_call\njobs: {good: {runs-on: x, steps: [{run: echo good $GITHUB_RUN_ATTEMPT}]}, bad: {runs-on: x, steps: [{run: "[ $GITHUB_RUN_ATTEMPT = 2 ]"}]}}',
    })
    const first = await house.ended(started)

    await house.runs.rerun(first.id, { failedOnly: true }, 'ada')

    const second = await house.until(first.id, (run) => run.state === 'completed' && run.attempt === 2)
    expect(second.conclusion).toBe('success')
    expect(second.jobs.map((one) => one.key)).toEqual(['call/good', 'call/bad'])
    expect(await house.text(second)).toMatch(/^good 1$/m)
  })
})

describe('an outside pull request', () => {
  it('waits for a maintainer, sees no secret, and waits again after a push', async () => {
    house.secrets.set('API_KEY', 'very-secret-value')
    const workflow = 'on: pull_request\njobs: {a: {runs-on: x, steps: [{run: "echo secret=[$KEY]", env: {KEY: "${{ secrets.API_KEY }}"}}]}}'
    const commit = await house.commit({ '.github/workflows/ci.yml': workflow })
    const pull = (head: string) => ({
      name: 'pull_request',
      action: 'synchronize',
      actor: 'mallory',
      baseRef: 'main',
      pullRequest: { number: 3, head, base: commit, isOutside: true, isDraft: false, title: 'Mine' },
    })
    const [first] = await house.runs.trigger(house.event(commit, pull(commit)))
    const waiting = await house.until(first?.id ?? '', (run) => run.state === 'waiting')

    await expect(house.runs.decide(waiting.id, { isApproved: true }, 'mallory')).rejects.toThrow('may not decide')
    await house.runs.decide(waiting.id, { isApproved: true }, 'grace')
    const done = await house.ended(first)
    const next = await house.commit({ '.github/workflows/ci.yml': `${workflow}\n` })
    const [second] = await house.runs.trigger(house.event(next, pull(next)))
    const again = await house.until(second?.id ?? '', (run) => run.state === 'waiting')

    expect(waiting.why).toContain('a maintainer has to let it run')
    expect(await house.text(done)).toContain('secret=[]')
    expect(again.jobs).toEqual([])
    await house.runs.decide(again.id, { isApproved: false, comment: 'no' }, 'grace')
    expect(await house.ended(second)).toMatchObject({ conclusion: 'cancelled', why: 'grace did not let it run: no' })
    house.secrets.clear()
  })
})

describe('a run that holds a secret', () => {
  it("refuses a stranger's words inside a script, and takes them by the environment", async () => {
    house.secrets.set('API_KEY', 'very-secret-value')
    const payload = { pull_request: { title: 'x"; echo pwned; "', head: { ref: 'topic' } } }
    const run = await house.run(
      `
on: push
jobs:
  bad: {runs-on: x, steps: [{run: 'echo "\${{ github.event.pull_request.title }}"'}]}
  good: {runs-on: x, steps: [{run: 'echo "title=$TITLE"', env: {TITLE: "\${{ github.event.pull_request.title }}"}}]}
`,
      { payload },
    )

    expect(run.jobs.map((one) => one.conclusion)).toEqual(['failure', 'success'])
    expect(await house.text(run, 'bad')).toContain('This run holds secrets, so it is refused.')
    expect(await house.text(run, 'bad')).not.toContain('pwned')
    house.secrets.clear()
  })
})

describe('a kill of the server', () => {
  it('leaves runs that say so and can be run again; what had not begun begins', async () => {
    const [started] = await house.push({
      '.github/workflows/ci.yml':
        'on: push\njobs: {a: {runs-on: x, steps: [{run: "[ $GITHUB_RUN_ATTEMPT = 2 ] || sleep 60"}]}, b: {needs: a, runs-on: x, steps: [{run: echo b}]}}',
    })
    const id = started?.id ?? ''
    await house.until(id, (run) => run.jobs[0]?.steps[1]?.state === 'inProgress')

    await house.restart()

    const run = await house.runs.get(id)
    expect(run).toMatchObject({ state: 'completed', conclusion: 'interrupted', why: expect.stringContaining('Run it again') })
    expect(run.jobs.map((one) => one.conclusion)).toEqual(['interrupted', 'cancelled'])
    await house.runs.rerun(id, {}, 'ada')
    expect(await house.until(id, (one) => one.state === 'completed' && one.attempt === 2)).toMatchObject({ conclusion: 'success' })
  })
})

describe('a run by hand', () => {
  it('has its inputs in their types, and as text in what GitHub tells of the event', async () => {
    const workflow = `
on: {workflow_dispatch: {inputs: {flag: {type: boolean, default: true}, count: {type: number}, word: {}}}}
jobs:
  a:
    runs-on: x
    steps:
      - run: echo "typed \${{ inputs.flag == true }} text \${{ github.event.inputs.flag == 'true' }}"
      - run: cat $GITHUB_EVENT_PATH
`
    const commit = await house.commit({ '.github/workflows/ci.yml': workflow })
    const inputs = { count: '7', word: 'w' }
    const event = house.event(commit, { name: 'workflow_dispatch', inputs, payload: { inputs, workflow: 'ci' } })

    const run = await house.ended((await house.runs.trigger(event))[0])

    const text = await house.text(run)
    expect(text).toContain('typed true text true')
    expect(text).toMatch(/"inputs":\s*\{\s*"flag":\s*"true",\s*"count":\s*"7",\s*"word":\s*"w"\s*\}/)
  })
})
