import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})

afterAll(() => house.close())

function job(steps: string): string {
  return `
on: [push, pull_request]
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
${steps}`
}

describe('checkout', () => {
  it('makes checkouts inside and beside another, and again, each of its own', async () => {
    await house.commit({ 'tool.txt': 'of the tool' }, 'main', 'tools')
    const first = await house.commit({ 'a.txt': 'one' })
    const run = await house.run(
      job(`
      - uses: actions/checkout@v4
      - {uses: actions/checkout@v4, with: {path: old, ref: ${first}}}
      - {uses: actions/checkout@v4, with: {path: deep/tools, repository: tools, ref: main}}
      - {uses: actions/checkout@v4, with: {path: old, ref: main}, id: again}
      - {uses: actions/checkout@v4, with: {path: old, ref: main}}
      - run: |
          cat a.txt old/a.txt deep/tools/tool.txt; echo
          echo "$(git rev-parse HEAD) $(git -C old rev-parse HEAD) \${{ steps.again.outputs.commit }}"`),
      {},
      { 'a.txt': 'two' },
    )

    const text = await house.text(run)
    expect(run.conclusion).toBe('success')
    expect(text).toContain('twotwoof the tool')
    expect(text).toContain(`${run.commit} ${run.commit} ${run.commit}`)
  })

  it('has the whole history of a commit that its branch has left behind', async () => {
    const workflow = job(`
      - {uses: actions/checkout@v4, with: {fetch-depth: 0}}
      - run: echo "$(git rev-list --count HEAD) $(git rev-parse --abbrev-ref HEAD) $(git rev-parse origin/main) $(cat a.txt)"`)
    await house.commit({ 'a.txt': 'one' })
    const commit = await house.commit({ '.github/workflows/ci.yml': workflow, 'a.txt': 'two' })
    await house.commit({ 'a.txt': 'three' })

    const run = await house.ended((await house.runs.trigger(house.event(commit)))[0])

    expect(await house.text(run)).toMatch(new RegExp(`^\\d+ main ${commit} two$`, 'm'))
    expect(run.conclusion).toBe('success')
  })
})

describe('artifacts', () => {
  it('go from one job to another, without what their paths have in common, and are downloaded as a zip', async () => {
    const run = await house.run(`
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p out/deep && echo model > out/deep/model.bin && echo log > out/train.log && ln -s /etc/passwd out/link && ln -s / out/all
      - uses: actions/upload-artifact@v4
        with:
          name: model
          path: |
            out
            !out/all
            !out/link
  use:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
        with: {name: model, path: got}
      - run: cat got/deep/model.bin got/train.log; find got
`)

    const text = await house.text(run, 'use')
    expect(text).toContain('model\nlog')
    expect(run.conclusion).toBe('success')
    expect(await house.runs.artifacts(run.id)).toMatchObject([{ name: 'model', files: 2, size: 10 }])
    const { stream, size } = await house.runs.artifact(run.id, 'model')
    const bytes = await stream.toArray()
    expect(Buffer.concat(bytes as Buffer[])).toHaveLength(size ?? -1)
  })

  it('are chosen by pattern or id, and put where it is said, the home as well', async () => {
    const run = await house.run(
      job(`
      - run: for one in a b c; do mkdir $one; echo $one > $one/$one.txt; done
      - {uses: actions/upload-artifact@v4, with: {name: model-a, path: a}, id: a}
      - {uses: actions/upload-artifact@v4, with: {name: model-b, path: b}}
      - {uses: actions/upload-artifact@v4, with: {name: log-c, path: c}}
      - {uses: actions/download-artifact@v4, with: {pattern: '{model-[a],log,model}-{b,c}', path: ~/some, merge-multiple: true}}
      - {uses: actions/download-artifact@v4, with: {artifact-ids: '\${{ steps.a.outputs.artifact-id }}', path: one}}
      - run: echo "has $(cd ~/some; echo *) and $(find one -type f)"
      - {uses: actions/download-artifact@v4, with: {artifact-ids: none}}`),
    )

    const text = await house.text(run)
    expect(text).toContain('has b.txt c.txt and one/a.txt')
    expect(text).toContain("Unable to find an artifact with the id 'none'.")
  })

  it('of an attempt take the place of those of the one before', async () => {
    const steps = `
      - run: echo "attempt $GITHUB_RUN_ATTEMPT" > out.txt
      - uses: actions/upload-artifact@v4
        with: {name: out, path: out.txt}`
    const first = await house.run(job(steps))
    const twice = await house.run(job(`${steps}${steps}`))

    await house.runs.rerun(first.id, {}, 'ada')

    expect(await house.until(first.id, (run) => run.attempt === 2 && run.state === 'completed')).toMatchObject({ conclusion: 'success' })
    expect(await house.runs.artifacts(first.id)).toHaveLength(1)
    expect(twice.conclusion).toBe('failure')
    expect(await house.text(twice)).toContain("There is an artifact 'out' of this run already")
  })

  it('hold of links only what the step itself may see', async () => {
    const run = await house.run(
      job(`
      - run: mkdir out && ln -s ${house.dataDir} out/data && ln -s ${house.dataDir}/records.sqlite out/records && echo fine > out/fine
      - uses: actions/upload-artifact@v4
        with: {path: out}`),
    )

    expect(await house.runs.artifacts(run.id)).toMatchObject([{ name: 'artifact', files: 1 }])
  })

  it('of nothing are a warning, or a failure where that is asked for', async () => {
    const run = await house.run(
      job(`
      - uses: actions/upload-artifact@v4
        with: {path: nothing-here}
      - uses: actions/upload-artifact@v4
        with: {path: nothing-here, if-no-files-found: error}`),
    )

    expect(run.jobs[0]?.steps.slice(1, 3).map((step) => step.conclusion)).toEqual(['success', 'failure'])
    expect(run.jobs[0]?.annotations?.map((one) => one.level)).toEqual(['warning', 'failure'])
  })
})

describe('a cache', () => {
  const cached = (key: string) =>
    job(`
      - id: cache
        uses: actions/cache@v4
        with:
          path: |
            ~/packages
            data of days
          key: ${key}
          restore-keys: packages-
      - run: |
          echo "hit=\${{ steps.cache.outputs.cache-hit }}"
          cat ~/packages/one 2>/dev/null || echo empty
          ls -d data* || true
          mkdir -p ~/packages 'data of days'; echo "from ${key}" > ~/packages/one`)

  it('is restored by key, else by prefix, and never changes', async () => {
    const first = await house.run(cached('packages-1'))
    const same = await house.run(cached('packages-1'))
    const other = await house.run(cached('packages-2'))

    expect(await house.text(first)).toContain('hit=\nempty')
    expect(await house.text(same)).toContain('hit=true\nfrom packages-1\ndata of days')
    expect(await house.text(other)).toContain('hit=false\nfrom packages-1')
  })

  it('holds what its patterns stand for, at any depth, and not what they take out', async () => {
    const cached = (steps: string) =>
      job(`
      - uses: actions/cache@v4
        with: {key: deep, path: "**/modules\\nmany/*\\n!many/out"}
      - run: ${steps}`)
    await house.run(cached('mkdir -p modules a/b/modules many/in many/out; touch modules/1 a/b/modules/2 a/b/not many/in/3 many/out/4'))

    const run = await house.run(cached('find . -type f | sort | tr "\\n" " "'))

    expect(await house.text(run)).toMatch(/^\.\/a\/b\/modules\/2 \.\/many\/in\/3 \.\/modules\/1 $/m)
  })

  it('that an outside pull request writes is read by no trusted run', async () => {
    const commit = await house.commit({ '.github/workflows/ci.yml': cached('packages-outside') })
    const pullRequest = { number: 7, head: commit, base: commit, isOutside: true, isDraft: false, title: 'Better' }
    const [outside] = await house.runs.trigger(
      house.event(commit, { name: 'pull_request', action: 'opened', actor: 'mallory', pullRequest, baseRef: 'main' }),
    )
    await house.until(outside?.id ?? '', (run) => run.state === 'waiting')
    await house.runs.decide(outside?.id ?? '', { isApproved: true }, 'grace')
    const done = await house.ended(outside)
    const trusted = await house.run(cached('packages-outside'))

    expect(await house.text(done)).toContain('Cache saved with key: packages-outside')
    expect(await house.text(trusted)).toContain('hit=false')
    expect(await house.text(trusted)).not.toContain('from packages-outside\n')
  })
})

describe('github-script', () => {
  it('has the toolkit, and hands on what it returns', async () => {
    const run = await house.run(
      job(`
      - id: script
        uses: actions/github-script@v7
        with:
          script: |
            core.exportVariable('FROM_SCRIPT', 'yes')
            core.setOutput('colour', 'blue')
            await core.summary.addHeading('Report').addRaw('fine').write()
            const { stdout } = await exec.getExecOutput('echo', ['from exec'])
            return { event: context.eventName, repo: context.repo.repo, printed: stdout.trim() }
      - run: echo "$FROM_SCRIPT \${{ steps.script.outputs.colour }} \${{ fromJSON(steps.script.outputs.result).printed }}"`),
    )

    expect(await house.text(run)).toContain('yes blue from exec')
    expect(run.jobs[0]?.steps[1]?.summary).toContain('# Report')
  })

  it('that throws fails its step', async () => {
    const run = await house.run(
      job(`
      - uses: actions/github-script@v7
        with: {script: "throw new Error('no model')"}`),
    )

    expect(run.conclusion).toBe('failure')
    expect(await house.text(run)).toContain('no model')
  })
})

describe('languages', () => {
  it('are chosen by the files of a project, and npm gets the registry of one scope alone', async () => {
    const run = await house.run(
      job(`
      - uses: actions/checkout@v4
      - {uses: actions/setup-python@v5, with: {python-version-file: pyproject.toml}}
      - uses: actions/setup-node@v4
        with: {node-version-file: .tool-versions, registry-url: 'https://registry.example.org', scope: acme}
        env: {NODE_AUTH_TOKEN: the-token}
      - run: cat "$NPM_CONFIG_USERCONFIG"; echo "registry [$NPM_CONFIG_REGISTRY]"; python --version
      - {uses: actions/setup-python@v5, with: {python-version-file: nothing.toml}}`),
      {},
      {
        'pyproject.toml': '[project]\nname = "x"\nrequires-python = ">=3.0,<4"\n',
        '.tool-versions': 'python 1.2.3\nnodejs 20\n'.replace('20', process.versions.node.split('.')[0] ?? ''),
        'nothing.toml': '\n',
      },
    )

    const text = await house.text(run)
    expect(text).toContain(
      '//registry.example.org/:_authToken=${NODE_AUTH_TOKEN}\n@acme:registry=https://registry.example.org/\nregistry []',
    )
    expect(text).toMatch(/^Python 3\.\d+/m)
    expect(text).toContain("'nothing.toml' names no version.")
  })

  it('are those of this machine; a version that is not there is named with those that are', async () => {
    const run = await house.run(
      job(`
      - uses: actions/setup-node@v4
        with: {node-version: '>=18'}
      - run: node -e 'console.log("node", process.version)'
      - uses: actions/setup-python@v5
        with: {python-version: '1.2'}`),
    )

    expect(await house.text(run)).toMatch(/node v\d+/)
    expect(await house.text(run)).toMatch(/Python '1\.2' is not on this machine, and nothing is downloaded\. There (is|are) /)
    expect(run.jobs[0]?.steps[3]?.conclusion).toBe('failure')
  })
})

describe('an action', () => {
  it('of the repository runs with its inputs and outputs, and what it does afterwards comes in reverse order', async () => {
    const run = await house.run(
      job(`
      - uses: actions/checkout@v4
      - id: greet
        uses: ./.github/actions/greet
        with: {who: world}
      - uses: ./.github/actions/node
      - run: echo "\${{ steps.greet.outputs.text }}"`),
      {},
      {
        '.github/actions/greet/action.yml': `
name: Greet
inputs: {who: {required: true}, tone: {default: 'kindly'}}
outputs: {text: {value: "\${{ steps.say.outputs.text }}"}}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "text=hello \${{ inputs.who }} \${{ inputs.tone }} from \${{ github.action_path }}" >> $GITHUB_OUTPUT
`,
        '.github/actions/node/action.yml': `
name: Node
inputs: {level: {default: '3'}}
runs: {using: node20, main: main.js, post: post.js}
`,
        '.github/actions/node/main.js': `
const fs = require('fs')
console.log('level', process.env.INPUT_LEVEL)
fs.appendFileSync(process.env.GITHUB_STATE, 'kept=something\\n')
`,
        '.github/actions/node/post.js':
          "console.log('post sees', process.env.STATE_kept); require('fs').writeFileSync(process.env.GITHUB_STEP_SUMMARY, 'Cleaned')",
      },
    )

    const text = await house.text(run)
    expect(text).toContain('hello world kindly from /home/runner/work/demo/demo/.github/actions/greet')
    expect(text).toContain('level 3')
    expect(text).toContain('post sees something')
    expect(run.jobs[0]?.steps.at(-3)?.summary).toBe('Cleaned')
    expect(run.jobs[0]?.steps.slice(-3).map((step) => step.name)).toEqual([
      'Post Run ./.github/actions/node',
      'Post Run actions/checkout@v4',
      'Complete job',
    ])
  })

  it('shows what goes wrong in it at its own file, or at its call where it is of another repository', async () => {
    const failing = 'runs:\n  using: composite\n  steps:\n    - {shell: bash, run: "echo ::warning::Careful; exit 3"}\n'
    await house.commit({ 'failing/action.yml': failing }, 'main', 'actions/elsewhere')
    const run = await house.run(
      job(`
      - uses: actions/checkout@v4
      - uses: ./outer
        continue-on-error: true
      - uses: actions/elsewhere/failing@main`),
      {},
      {
        'outer/action.yml': 'runs:\n  using: composite\n  steps:\n    - uses: ./outer/inner\n',
        'outer/inner/action.yaml': failing,
      },
    )

    expect(run.jobs[0]?.annotations?.map(({ path, line, message }) => `${path}:${line} ${message}`)).toEqual([
      'outer/inner/action.yaml:4 Careful',
      'outer/inner/action.yaml:4 Process completed with exit code 3.',
      "outer/action.yml:4 A step of action './outer/inner' has failed.",
      ".github/workflows/ci.yml:9 A step of action './outer' has failed.",
      '.github/workflows/ci.yml:11 Careful',
      '.github/workflows/ci.yml:11 Process completed with exit code 3.',
      ".github/workflows/ci.yml:11 A step of action 'actions/elsewhere/failing@main' has failed.",
    ])
  })

  it('of the commit that the workflow is from needs no checkout', async () => {
    const run = await house.run(
      job(`
      - uses: $/.github/actions/own`),
      {},
      {
        '.github/actions/own/action.yml':
          'runs: {using: composite, steps: [{shell: bash, run: "cat $GITHUB_ACTION_PATH/word.txt; ls"}, {uses: $/inner}]}',
        '.github/actions/own/word.txt': 'from the commit',
        'inner/action.yml': 'runs: {using: composite, steps: [{shell: bash, run: echo inner}]}',
      },
    )

    expect(run).toMatchObject({ conclusion: 'success' })
    expect(await house.text(run)).toMatch(/from the commit[^]*^inner$/m)
  })

  it('that cannot be had, or needs a container engine, fails its own step with that reason', async () => {
    const run = await house.run(
      job(`
      - uses: codecov/codecov-action@v4
        continue-on-error: true
      - uses: docker://alpine:3
        continue-on-error: true
      - run: echo went on`),
    )

    const text = await house.text(run)
    expect(text).toContain("Action 'codecov/codecov-action@v4' cannot be run: 'codecov/codecov-action' is not hosted here")
    expect(text).toContain("'docker://alpine:3' runs in a container, and there is no container engine for jobs on this machine")
    expect(text).toContain('went on')
    expect(run.conclusion).toBe('success')
  })
})
