import type { WorkflowRun } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../../testing/house.ts'
import { PodsForTests } from '../../testing/pods-for-tests.ts'

let cluster: PodsForTests
let house: House

beforeAll(async () => {
  cluster = new PodsForTests()
  house = await openHouse({ pods: { cluster, startMs: 20_000, lostAfterMs: 20_000 } })
})

afterAll(async () => {
  await house.close()
  await cluster.close()
})

function steps(script: string, more = ''): string {
  return `on: [push, pull_request]\njobs:\n  a:\n    runs-on: x\n    ${more}\n    steps:\n      - run: |\n${script.trim().split('\n').map((line) => `          ${line}`).join('\n')}\n` // prettier-ignore
}

describe('a job in a pod', () => {
  it('runs as it does on a machine: checkout, files of commands, actions, artifacts, caches', async () => {
    const run = await house.run(
      `
on: push
jobs:
  a:
    runs-on: x
    outputs: {answer: "\${{ steps.one.outputs.answer }}"}
    steps:
      - uses: actions/checkout@v4
      - id: one
        run: |
          cat model.txt; git log --oneline | wc -l
          echo "answer=42" >> "$GITHUB_OUTPUT"; echo "COLOUR=blue" >> "$GITHUB_ENV"; echo "# Done" >> "$GITHUB_STEP_SUMMARY"
          mkdir -p bin && printf '#!/bin/sh\\necho tool' > bin/tool && chmod +x bin/tool && echo "$PWD/bin" >> "$GITHUB_PATH"
      - run: tool; echo "$COLOUR, $IMAGE_SETS, in $PWD, $(echo "$PATH" | grep -c "$HOME/.local/bin")"; echo out; echo err >&2; echo out > /dev/stdout; echo err > /dev/stderr
      - uses: ./own
        with: {who: pods}
      - uses: actions/upload-artifact@v4
        with: {name: model, path: model.txt}
      - uses: actions/cache@v4
        with: {path: ~/packages, key: "k-\${{ hashFiles('model.txt') }}"}
      - run: mkdir -p ~/packages && echo kept > ~/packages/one
  b:
    needs: a
    runs-on: x
    steps:
      - uses: actions/download-artifact@v4
        with: {name: model}
      - run: echo "\${{ needs.a.outputs.answer }} $(cat model.txt)"
      - uses: actions/cache@v4
        with: {path: ~/packages, key: "k-\${{ hashFiles('model.txt') }}"}
      - run: cat ~/packages/one; curl -s -o /dev/null -w '%{http_code}' "$GITHUB_SERVER_URL/" || true
`,
      {},
      {
        'model.txt': 'weights\n',
        'own/action.yml': 'inputs: {who: {}}\nruns: {using: node20, main: main.js, post: post.js}',
        'own/main.js': 'console.log(`::notice::hello ${process.env.INPUT_WHO}`)',
        'own/post.js': 'console.log("afterwards")',
      },
    )

    const a = await house.text(run, 'a')
    expect(run, a).toMatchObject({ conclusion: 'success' })
    expect(a).toContain('weights\n1\n')
    expect(a).toMatch(/tool\nblue, this, in .*\/demo\/demo, 1\nout\nerr\nout\nerr\n/)
    expect(a).toContain('hello pods')
    expect(a).toContain('afterwards')
    const b = await house.text(run, 'b')
    expect(b).toContain('42 weights')
    expect(b).toContain('kept')
    expect(run.jobs.map((job) => job.isolation)).toEqual(['pod', 'pod'])
    expect(run.jobs[0]?.steps[2]?.summary).toContain('# Done')
    expect(cluster.pods.size).toBe(0)
  })
})

describe('an image', () => {
  it('without what an action needs is named by the step that needs it', async () => {
    const run = await house.run('on: push\njobs: {a: {runs-on: x, env: {PATH: /nowhere}, steps: [{uses: actions/checkout@v4}]}}')

    expect(await house.text(run)).toContain("actions/checkout needs git, and there is none in image 'node:22-bookworm'.")
  })
})

describe('a connection into a pod that breaks', () => {
  it('comes back: the step goes on meanwhile, and nothing that it prints is lost or doubled', async () => {
    const [run] = await house.push({ '.github/workflows/ci.yml': steps('for n in $(seq 1 300); do echo "line $n"; sleep 0.005; done') })
    for (let times = 0; times < 3; times++) {
      const before = cluster.connections
      await house.until(run?.id ?? '', (now) => now.jobs[0]?.steps[1]?.state === 'inProgress')
      cluster.drop()
      while (cluster.connections === before) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const ended = await house.ended(run)

    const text = await house.text(ended)
    expect(ended.conclusion).toBe('success')
    expect(text.match(/^line \d+$/gm)).toEqual(Array.from({ length: 300 }, (_, at) => `line ${at + 1}`))
  })
})

describe('a pull request from outside', () => {
  const pullRequest = { number: 3, isOutside: true, isDraft: false, title: 'Better' }

  async function approved(): Promise<WorkflowRun> {
    const commit = await house.commit({ '.github/workflows/ci.yml': steps('echo "secret: ${{ secrets.KEY }}."') })
    const event = { name: 'pull_request', action: 'opened', actor: 'mallory', pullRequest: { ...pullRequest, head: commit, base: commit } }
    const [run] = await house.runs.trigger(house.event(commit, event))
    await house.until(run?.id ?? '', ({ state }) => state === 'waiting')
    await house.runs.decide(run?.id ?? '', { isApproved: true }, 'grace')
    return house.ended(run)
  }

  it('runs in a pod as others do, labelled so, and without secrets', async () => {
    house.secrets.set('KEY', 'a canary')

    const run = await approved()

    expect(run.conclusion).toBe('success')
    expect(await house.text(run)).toMatch(/^secret: \.$/m)
    expect(cluster.made.at(-1)?.metadata.labels).toMatchObject({ 'plimsoll.dev/trust': 'outside' })
  })

  it('does not run where containers are only processes', async () => {
    cluster.status = () => ({ containerStatuses: [{ name: 'job', ready: true, containerID: 'process://1', state: { running: {} } }] })

    const run = await approved()

    cluster.status = () => undefined
    expect(run.jobs[0]?.why).toContain('nothing from outside runs in it')
  })
})

describe('services', () => {
  it('are not for a stranger to name in a run that holds secrets', async () => {
    house.secrets.set('KEY', 'a canary')
    const before = cluster.made.length

    const run = await house.run(steps('echo no', 'services: {db: {image: "${{ github.event.head_commit.message }}"}}'))

    expect(run.jobs[0]?.why).toContain('This run holds secrets, so it is refused.')
    expect(cluster.made.length).toBe(before)
  })

  it('are known to steps by their ports, and what a pod cannot give is said before anything runs', async () => {
    const service = (ports: string): string => `services: {db: {image: postgres:16, ports: ["${ports}"]}}`

    const run = await house.run(steps(`echo "port \${{ job.services.db.ports['5432'] }}"`, service('5432:5432')))
    const refused = await house.run(steps('echo no', service('6000:5432')))

    expect(await house.text(run)).toMatch(/^port 5432$/m)
    expect(refused.jobs[0]?.why).toBe(
      "Service 'db' maps its port 5432 to 6000. In a pod steps reach it where it listens: write '5432:5432'.",
    )
  })
})
