import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkflowRun } from '@plimsoll/api'
import { afterEach, describe, expect, it } from 'vitest'
import type { RunsContext } from '../run/runs-context.ts'
import { type FakeEngine, type FakeOptions, openFakeEngine } from '../testing/fake-engine.ts'
import { type House, openHouse } from '../testing/house.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function open(options: Partial<FakeOptions> = {}, context: Partial<RunsContext> = {}): Promise<{ house: House; fake: FakeEngine }> {
  const fake = openFakeEngine({ kind: 'docker', images: ['db', 'tool'], ...options })
  closers.push(() => fake.close())
  const house = await openHouse({ containerEngine: fake.program, ...context })
  closers.push(() => house.close())
  return { house, fake }
}

const withService = (fields: string, steps = '- run: echo ran'): string => `
on: [push, pull_request]
jobs:
  a:
    runs-on: x
    services:
      db: {image: db, ${fields}}
    steps:
      ${steps}
`

function valuesOf(argv: readonly string[], option: string): string[] {
  return argv.filter((one) => one.startsWith(`${option}=`)).map((one) => one.slice(option.length + 1))
}

async function outside(house: House, workflow: string): Promise<WorkflowRun> {
  const commit = await house.commit({ '.github/workflows/ci.yml': workflow })
  const pullRequest = { number: 1, head: commit, base: commit, isOutside: true, isDraft: false, title: 'x' }
  const [run] = await house.runs.trigger(house.event(commit, { name: 'pull_request', actor: 'mallory', pullRequest }))
  await house.until(run?.id ?? '', ({ state }) => state === 'waiting')
  await house.runs.decide(run?.id ?? '', { isApproved: true }, 'grace')
  return house.ended(run)
}

describe('services of a job', () => {
  it('run within its limits on a network of its own, tell their ports, and are gone with it', async () => {
    const { house, fake } = await open({ health: ['starting', 'starting', 'healthy'] })

    const run = await house.run(withService("ports: [5432], env: {A: b c}, options: --cpus 2 --name pg", '- run: echo "at ${{ job.services.db.ports[5432] }} on ${{ job.services.db.network }}"')) // prettier-ignore

    const text = await house.text(run)
    expect(run.conclusion).toBe('success')
    expect(run.jobs[0]?.steps.map(({ name }) => name)).toEqual(['Set up job', 'Initialize containers', expect.stringContaining('Run echo'), 'Stop containers', 'Complete job']) // prettier-ignore
    const [{ argv, variables } = { argv: [], variables: '' }] = fake.callsOf('create')
    const [network = ''] = valuesOf(argv, '--network')
    expect(network).toMatch(/^plimsoll-[0-9a-f]{16}$/)
    expect(argv.slice(0, 2)).toEqual(['create', '--pull=never'])
    expect(argv).toEqual(expect.arrayContaining(['--security-opt=no-new-privileges', '--cap-drop=NET_RAW', '--cpus=2', '--publish=127.0.0.1::5432/tcp', '--network-alias=db', '--network-alias=pg'])) // prettier-ignore
    expect(valuesOf(argv, '--memory')).toHaveLength(1)
    expect(valuesOf(argv, '--pids-limit')).toHaveLength(1)
    expect(argv.at(-1)).toBe('db')
    expect(variables).toBe('A=b c\n')
    expect(text).toContain(`at 40001 on ${network}`)
    expect(text).toMatch(/db service is starting, waiting \d+ seconds before checking again\.[^]*db service is healthy\./)
    expect(text).toContain('what the service said')
    expect(fake.objects()).toEqual([])
  })

  it('that never get well fail the job before its first step, with what they said', async () => {
    const { house, fake } = await open({ health: ['starting', 'unhealthy'] })

    const run = await house.run(withService('ports: []'))

    expect(run.jobs[0]?.conclusion).toBe('failure')
    expect(run.jobs[0]?.steps.slice(1, 3)).toMatchObject([{ conclusion: 'failure' }, { conclusion: 'skipped' }])
    const text = await house.text(run)
    expect(text).toMatch(/\[group\]Service container db failed\.\nwhat the service said\n/)
    expect(text).toContain("Not ready by its health check: 'db'")
    expect(text).not.toContain('ran\n')
    expect(fake.objects()).toEqual([])
  })

  it('are refused what would show them more than the job, before anything is made of them', async () => {
    const { house, fake } = await open()

    for (const [fields, why] of [
      ['options: --privileged', "'--privileged' is not allowed"],
      ['options: --network host', "'--network' is not allowed, because the job has a network of its own"],
      ["volumes: ['/etc:/x']", "'/etc' under 'volumes' of service 'db' is a folder of this machine"],
      ["volumes: ['${{ github.workspace }}/../../..:/x']", 'is a folder of this machine'],
      ["volumes: ['/home/runner:/x']", 'is a folder of this machine'],
    ] as const) {
      const run = await house.run(withService(fields))
      expect(run.jobs[0]?.conclusion).toBe('failure')
      expect(await house.text(run)).toContain(why)
    }

    expect(fake.callsOf('create')).toEqual([])
    expect(fake.objects()).toEqual([])
  })

  it('have volumes of their job: named ones are no other job’s, and folders are its own', async () => {
    const { house, fake } = await open()

    await house.run(withService("volumes: ['data:/data', '/anonymous', '${{ github.workspace }}/conf:/conf:ro']"))

    const [{ argv } = { argv: [] }] = fake.callsOf('create')
    const [named, anonymous, bound] = valuesOf(argv, '--volume')
    expect(named).toMatch(/^plimsoll-[0-9a-f]{16}-data:\/data$/)
    expect(anonymous).toBe('/anonymous')
    expect(bound).toMatch(new RegExp(`^${house.dataDir}/ci/jobs/[^/]+/workspace/conf:/conf:ro$`))
    expect(fake.objects()).toEqual([])
  })

  it('that cannot be started say why, and what to do about a taken port', async () => {
    const { house, fake } = await open({ fails: { start: 'bind 127.0.0.1:5432: address already in use' } })

    const run = await house.run(withService("ports: ['5432:5432']"))

    const text = await house.text(run)
    expect(text).toContain("Starting service 'db' failed: bind 127.0.0.1:5432: address already in use.")
    expect(text).toContain('with CONTAINER alone a free one is taken')
    expect(fake.objects()).toEqual([])
  })
})

describe('an image that is not there', () => {
  it('is pulled with the credentials of the workflow, which are on no command line and in no log', async () => {
    const { house, fake } = await open({ images: [] })
    house.secrets.set('PASSWORD', 'hush-4711')

    const run = await house.run(withService('credentials: {username: ada, password: "${{ secrets.PASSWORD }}"}').replace('image: db', 'image: registry.example:5000/db:1')) // prettier-ignore

    const [pull] = fake.callsOf('pull')
    expect(run.conclusion).toBe('success')
    expect(pull?.argv.slice(2)).toEqual(['pull', 'registry.example:5000/db:1'])
    expect(pull?.credentials).toEqual({ auths: { 'registry.example:5000': { auth: Buffer.from('ada:hush-4711').toString('base64') } } })
    expect(JSON.stringify(fake.calls().map(({ argv, env }) => ({ argv, env })))).not.toContain('hush-4711')
    expect(await house.text(run)).not.toContain('hush-4711')
  })

  it('and cannot be pulled is told with its name, and why', async () => {
    const { house } = await open({ images: [], fails: { pull: 'dial tcp: lookup registry.example: no such host' } })

    const run = await house.run(withService('ports: []').replace('image: db', 'image: registry.example/db'))

    expect(await house.text(run)).toContain("Image 'registry.example/db' is not on this machine, and 'docker pull' failed: dial tcp: lookup registry.example: no such host.") // prettier-ignore
  })
})

describe('a run from outside', () => {
  it('uses no engine that runs as root, and is told so', async () => {
    const { house, fake } = await open()

    const run = await outside(house, withService('ports: []'))

    expect(run.jobs[0]?.conclusion).toBe('failure')
    expect(await house.text(run)).toContain('This run is from outside, and Docker 27.0, as root, is no place for it')
    expect(await house.text(run)).toContain('--outside-containers')
    expect(fake.callsOf('create')).toEqual([])
    expect(fake.callsOf('network create')).toEqual([])
  })

  it('uses one that is rootless, or that the operator lets it have, and never what the server has signed in to', async () => {
    for (const [options, context] of [
      [{ isRootless: true }, {}],
      [{}, { outsideContainers: true }],
    ] as const) {
      // prettier-ignore
      const { house, fake } = await open({ kind: 'podman', images: [], ...options }, context)

      const run = await outside(house, withService('ports: []'))

      expect(run.conclusion).toBe('success')
      expect(fake.callsOf('pull')).toMatchObject([{ credentials: { auths: {} } }])
    }
  })
})

describe('the steps of a job with a container', () => {
  const inContainer = (steps: string): string => `
on: push
jobs:
  a:
    runs-on: x
    container: {image: tool, env: {SET: by the workflow}, options: --cpus 1}
    services: {db: {image: db, ports: ['5432:5432']}}
    steps:
${steps}
`

  it('run in it by sh, in folders of the job and nothing else of the machine, and meet services by their names', async () => {
    const { house, fake } = await open()

    const run = await house.run(inContainer(`
      - run: echo "$SET, $HOME, $GITHUB_WORKSPACE, $RUNNER_TEMP, $RUNNER_TOOL_CACHE, $GITHUB_OUTPUT"; echo "\${{ job.container.id }} \${{ job.services.db.ports[5432] }}"; exit 3`)) // prettier-ignore

    const text = await house.text(run)
    const [service, steps] = fake.callsOf('create').map(({ argv }) => argv)
    expect(run.jobs[0]).toMatchObject({ isolation: 'container', conclusion: 'failure' })
    expect(text).toContain('shell: sh -e {0}')
    expect(text).toMatch(/^by the workflow, \/github\/home, \/__w\/demo\/demo, \/__w\/_temp, \/__t, \/github\/workflow\/set_output_/m)
    expect(text).toMatch(/^c\d+ 5432$/m)
    expect(text).toContain('Process completed with exit code 3.')
    expect(service?.filter((one) => one.startsWith('--publish'))).toEqual([])
    expect(steps).toEqual(expect.arrayContaining(['--add-host=db:10.1.2.3', '--entrypoint=tail', '--workdir=/__w/demo/demo', '--cpus=1']))
    expect(steps?.slice(-3)).toEqual(['tool', '-f', '/dev/null'])
    const binds = valuesOf(steps ?? [], '--volume').map((one) => one.split(':'))
    const folder = `${house.dataDir}/ci/jobs/`
    expect(binds.filter(([from = '']) => !from.startsWith(folder))).toEqual([[process.execPath, '/__e/node/bin/node', 'ro']])
    expect(binds.map(([, to]) => to)).toEqual(['/__w', '/github/home', '/__t', '/__w/demo/demo', '/__w/_temp', '/github/workflow', '/__w/_actions', '/__e/node/bin/node']) // prettier-ignore
    // A step could put a link in the place of what is deeper, and the engine would follow it.
    for (const [from = ''] of binds.slice(0, -1)) expect(from.slice(folder.length).split('/')).toHaveLength(2)
    expect(fake.objects()).toEqual([])
  })

  it('do not run where the image has no shell', async () => {
    const { house, fake } = await open({ fails: { exec: 'exec: "/bin/sh": stat /bin/sh: no such file or directory' } })

    const run = await house.run(inContainer('      - run: echo ran\n      - {if: always(), run: echo too}'))

    const text = await house.text(run)
    expect(run.conclusion).toBe('failure')
    expect(text).toContain("Steps cannot run in image 'tool'")
    expect(text).toContain('The container of this job does not run.')
    expect(fake.objects()).toEqual([])
  })

  it('run on the machine when an expression names no image', async () => {
    const { house, fake } = await open()

    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    strategy: {matrix: {image: ['']}}
    container: {image: "\${{ matrix.image }}"}
    services: {db: {image: "\${{ matrix.image }}"}}
    steps: [{run: echo $PWD}]
`)

    expect(run).toMatchObject({ conclusion: 'success', jobs: [{ isolation: expect.not.stringContaining('container') }] })
    expect(await house.text(run)).toContain('/home/runner/work/demo/demo')
    expect(fake.callsOf('create')).toEqual([])
  })

  it('run in no image that a stranger names, when the run holds a secret', async () => {
    const { house, fake } = await open()
    house.secrets.set('KEY', 'k')
    const workflow = 'on: pull_request_target\njobs: {a: {runs-on: x, container: "${{ github.head_ref }}", steps: [{run: echo ran}]}}'
    const commit = await house.commit({ '.github/workflows/ci.yml': workflow })
    const pullRequest = { number: 1, head: commit, base: commit, isOutside: true, isDraft: false, title: 'x' }

    const [run] = await house.runs.trigger(house.event(commit, { name: 'pull_request_target', headRef: 'tool', pullRequest }))

    expect(await house.text(await house.ended(run))).toContain('so it is refused')
    expect(fake.callsOf('create')).toEqual([])
  })
})

describe('an action with an image', () => {
  it('is given variables by a file: none of a step is in the environment of the engine’s own program, no secret on a command line', async () => {
    const { house, fake } = await open({ run: 'echo "in the image: $1"; exit 4' })
    house.secrets.set('KEY', 'first-hush\nsecond-hush')

    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    env: {SEVERAL: "one\\ntwo"}
    steps:
      - run: |
          for name in LD_PRELOAD DOCKER_HOST PATH_OF_MINE HOME; do echo "$name=/evil" >> $GITHUB_ENV; done
      - uses: docker://tool
        continue-on-error: true
        with: {entrypoint: /run, args: '"a b" c', key: '\${{ secrets.KEY }}', where: '\${{ github.workspace }}/x'}
`)

    const [call] = fake.callsOf('run')
    const text = await house.text(run)
    expect(call?.env).toMatchObject({ INPUT_KEY: 'first-hush\nsecond-hush', DOCKER_HOST: 'unix:///run/fake.sock' })
    expect(Object.keys(call?.env ?? {})).not.toEqual(expect.arrayContaining(['LD_PRELOAD']))
    expect(JSON.stringify(call?.env)).not.toContain('/evil')
    expect(call?.variables).toContain('LD_PRELOAD=/evil\n')
    expect(call?.variables).toContain('GITHUB_WORKSPACE=/github/workspace\n')
    expect(call?.variables).toContain('INPUT_WHERE=/github/workspace/x\n')
    expect(JSON.stringify(call?.argv)).not.toContain('hush')
    expect(call?.argv.slice(-4)).toEqual(['--entrypoint=/run', 'tool', 'a b', 'c'])
    expect(valuesOf(call?.argv ?? [], '--volume').map((one) => one.split(':')[1])).toEqual(['/github/workspace', '/github/runner_temp', '/github/home', '/github/workflow']) // prettier-ignore
    expect(text).toContain('Not handed to the container, because they have several lines: SEVERAL.')
    expect(text).toContain('in the image: a b')
    expect(text).toContain('The action has failed with exit code 4.')
    expect(fake.objects()).toEqual([])
  })

  it('that has to end before its container is there ends as soon as it is', async () => {
    const { house } = await open({ run: 'while [ "$n" != 999 ]; do n=$((n + 1)); echo "much to say"; done; sleep 1; echo $$ > "$CONTAINER"; exec sleep 600' }, { limits: { logBytes: 4000 } }) // prettier-ignore

    const run = await house.run('on: push\njobs: {a: {runs-on: x, steps: [{uses: docker://tool}]}}')

    expect(run.jobs[0]).toMatchObject({ conclusion: 'failure', why: 'The log of this job has reached 4000 bytes.' })
  })

  it('is built from its files, and the image is gone with the job', async () => {
    const { house, fake } = await open()

    const run = await house.run('on: push\njobs: {a: {runs-on: x, steps: [{uses: $/act}]}}', {}, {
      'act/action.yml': "name: t\nruns: {using: docker, image: Dockerfile, args: ['a']}",
      'act/Dockerfile': 'FROM db',
    }) // prettier-ignore

    const [build] = fake.callsOf('build')
    expect(run.conclusion).toBe('success')
    expect(build?.argv).toEqual(expect.arrayContaining(['--file=Dockerfile', '-']))
    expect(fake.callsOf('run')[0]?.argv).toContain(valuesOf(build?.argv ?? [], '--tag')[0])
    expect(fake.objects()).toEqual([])
  })
})

describe('an engine', () => {
  it('that is turned off, does not answer or is not there is told with what was tried', async () => {
    for (const [engine, why] of [
      ['none', 'containers are turned off'],
      ['/nowhere/docker', '/nowhere/docker is not installed'],
    ] as const) {
      const { house } = await open({}, { containerEngine: engine })
      expect(await house.text(await house.run(withService('ports: []')))).toContain(
        `there is no container engine for jobs on this machine (${why})`,
      )
    }
    for (const [server, why] of [
      ['none', 'no engine answers it'],
      ['Podman Engine', 'it is Podman that answers it, by the words of Docker'],
    ] as const) {
      // prettier-ignore
      const { house } = await open({ server })
      expect(await house.text(await house.run(withService('ports: []')))).toContain(why)
    }
  })

  it('is rid of what an earlier server of the same folder left, and of nothing else', async () => {
    const { house, fake } = await open()
    const instance = createHash('sha256').update(realpathSync(join(house.dataDir, 'ci'))).digest('hex').slice(0, 16) // prettier-ignore
    for (const type of ['container', 'network', 'volume', 'image'])
      fake.add(type, [`dev.plimsoll.instance=${instance}`, `dev.plimsoll.job=${instance}.1-1-1`])
    fake.add('container', ['dev.plimsoll.instance=another'])

    await house.restart()
    await house.run(withService('ports: []'))

    expect(fake.objects()).toEqual([{ type: 'container', labels: ['dev.plimsoll.instance=another'] }])
  })
})
