import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { GateReport } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually, mustRun, type RunResult } from '../harness/run.ts'

/** A Python that has these modules: that of PLIMSOLL_TEST_DATA_PYTHON, of PLIMSOLL_TEST_PYTHON, or the one on the path. */
function pythonWith(...modules: string[]): string | undefined {
  return [process.env['PLIMSOLL_TEST_DATA_PYTHON'], process.env['PLIMSOLL_TEST_PYTHON'], 'python3'].find(
    (program) => program !== undefined && spawnSync(program, ['-c', `import ${modules.join(', ')}`]).status === 0,
  )
}

const dvcPython = pythonWith('dvc', 'dvc_http')
const mlflowPython = pythonWith('mlflow', 'flask', 'sqlalchemy', 'uvicorn', 'pandas')
// Hooks of a file that is skipped are skipped too: what nobody would remove is not made.
const work = dvcPython === undefined && mlflowPython === undefined ? tmpdir() : mkdtempSync(join(tmpdir(), 'plimsoll-peers-'))
afterAll(() => {
  if (work !== tmpdir()) rmSync(work, { recursive: true, force: true })
})

let plimsoll: Plimsoll
beforeAll(async () => {
  if (dvcPython === undefined && mlflowPython === undefined) return
  plimsoll = await startPlimsoll()
  await plimsoll.push('fraud', { 'README.md': '# fraud\n' })
}, 120_000)
afterAll(() => plimsoll?.stop())

/** A name that no try before has used. */
let count = 0
const fresh = (name: string): string => join(work, `${name}-${++count}`)

function write(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

describe.skipIf(dvcPython === undefined)('DVC (needs a Python with `pip install dvc`, named by PLIMSOLL_TEST_PYTHON)', () => {
  const environment = { DVC_NO_ANALYTICS: '1', DVC_GLOBAL_CONFIG_DIR: join(work, 'config'), DVC_SITE_CACHE_DIR: join(work, 'cache') }
  const dvc = (folder: string, ...args: string[]): Promise<string> =>
    mustRun(dvcPython ?? '', ['-m', 'dvc', ...args], { cwd: folder, env: environment, timeoutMs: 120_000 })
  const ours = (folder: string, ...args: string[]): Promise<RunResult> => plimsoll.cli(['data', ...args], { cwd: folder, env: environment })
  const git = (folder: string, ...args: string[]): Promise<string> =>
    mustRun('git', ['-c', 'user.name=Mina', '-c', 'user.email=mina@example.com', ...args], { cwd: folder })

  /** Set up by DVC itself, once: it takes seconds for each of these. */
  const template = join(work, 'template')
  beforeAll(async () => {
    mkdirSync(template)
    await git(template, 'init', '--quiet', '--initial-branch=main')
    await dvc(template, 'init', '--quiet')
    await dvc(template, 'remote', 'add', '--default', 'plimsoll', `${plimsoll.url}/dvc/fraud`)
    await dvc(template, 'remote', 'modify', 'plimsoll', 'auth', 'basic')
    await dvc(template, 'remote', 'modify', '--local', 'plimsoll', 'user', 'mina')
    await dvc(template, 'remote', 'modify', '--local', 'plimsoll', 'password', plimsoll.token)
    await dvc(template, 'remote', 'add', 'store', '../store')
  }, 240_000)

  /** A repository under DVC, with our remote by the web and a folder as another. */
  function repository(name: string): string {
    const folder = fresh(name)
    cpSync(template, folder, { recursive: true })
    const config = join(folder, '.dvc', 'config')
    writeFileSync(config, readFileSync(config, 'utf8').replace('../../store', `../../store-${count}`))
    return folder
  }
  const signIn = (folder: string): void => cpSync(join(template, '.dvc', 'config.local'), join(folder, '.dvc', 'config.local'))
  async function commitAndClone(folder: string): Promise<string> {
    const clone = fresh('clone')
    await git(folder, 'add', '--all')
    await git(folder, 'commit', '--quiet', '-m', 'Change')
    await git(work, 'clone', '--quiet', folder, clone)
    signIn(clone)
    return clone
  }
  /** Paths and contents of everything that is data. */
  function dataIn(folder: string): Record<string, string> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter((name) => /^(data|images|model|sub)\b/.test(name) && !/\.dvc$|\.gitignore$/.test(name))
    return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
  }

  const files = {
    'data/train.csv': 'id,y\r\n1,0\r\n',
    'images/a.txt': 'a',
    'images/sub/한글 "ü".txt': '한',
    'images/😀': '',
    'images/twice': 'a',
  }

  it('pushes files and folders to our remote, and `plimsoll data pull` fetches them', { timeout: 240_000 }, async () => {
    const folder = repository('pushed')
    write(folder, files)
    await dvc(folder, 'add', 'data/train.csv', 'images')
    const said = await dvc(folder, 'push')
    const clone = await commitAndClone(folder)

    const pulled = await ours(clone, 'pull')
    const again = await ours(clone, 'pull')

    expect(said).toContain('5 files pushed')
    expect(pulled.stdout, pulled.stderr).toContain('5 files fetched')
    expect(again.stdout).toContain('up to date')
    expect(dataIn(clone)).toEqual(dataIn(folder))
    expect(Object.keys(dataIn(clone))).toHaveLength(5)
  })

  it(
    'pulls what `plimsoll data add` and `push` have made of files and folders, by the web and by a folder',
    { timeout: 240_000 },
    async () => {
      const folder = repository('added')
      write(folder, files)

      for (const path of ['data/train.csv', 'images']) expect((await ours(folder, 'add', path)).code).toBe(0)
      const pushed = await ours(folder, 'push')
      const stored = await ours(folder, 'push', '-r', 'store')
      const descriptions = ['data/train.csv.dvc', 'images.dvc', '.gitignore', 'data/.gitignore'].map((name) =>
        readFileSync(join(folder, name), 'utf8'),
      )
      const clone = await commitAndClone(folder)
      await dvc(clone, 'pull')
      const fromFolder = fresh('from-folder')
      await git(work, 'clone', '--quiet', folder, fromFolder)
      signIn(fromFolder)
      await dvc(fromFolder, 'pull', '-r', 'store')

      expect(pushed.stderr).toBe('')
      expect(stored.stdout).toContain("5 files pushed to 'store'")
      expect(dataIn(clone)).toEqual(dataIn(folder))
      expect(dataIn(fromFolder)).toEqual(dataIn(folder))
      expect(await dvc(clone, 'status')).toContain('up to date')
      // DVC itself says the same of them, byte for byte.
      await dvc(folder, 'add', 'data/train.csv', 'images')
      expect(
        ['data/train.csv.dvc', 'images.dvc', '.gitignore', 'data/.gitignore'].map((name) => readFileSync(join(folder, name), 'utf8')),
      ).toEqual(descriptions)
    },
  )

  it('keeps the outputs of pipelines: what Git keeps and what is private is not asked for', { timeout: 240_000 }, async () => {
    const folder = repository('pipeline')
    write(folder, {
      'sub/x.txt': 'x',
      'dvc.yaml': `stages:
  train:
    cmd: mkdir -p model && echo w > model/w.bin && echo '{"auc":0.9}' > metrics.json && echo secret > model.key
    outs: [model, {model.key: {push: false}}]
    metrics: [{metrics.json: {cache: false}}]
  inner: {cmd: cp x.txt out.txt, wdir: sub, outs: [out.txt]}
  each:
    foreach: [kr, de]
    do:
      cmd: echo \${item} > model-\${item}.txt && echo '{"q":1}' > \${item}.json
      outs: ['model-\${item}.txt']
      metrics: [{'\${item}.json': {cache: false}}]
`,
    })
    await dvc(folder, 'repro', '--quiet')
    await dvc(folder, 'push')
    const clone = await commitAndClone(folder)

    rmSync(join(clone, 'metrics.json'))
    const pulled = await ours(clone, 'pull')

    expect(pulled.code, pulled.stderr).toBe(0)
    expect(pulled.stderr).toContain('model.key')
    expect(existsSync(join(clone, 'metrics.json'))).toBe(false)
    expect(dataIn(clone)).toEqual(Object.fromEntries(Object.entries(dataIn(folder)).filter(([name]) => name !== 'model.key')))
    expect(readFileSync(join(clone, 'sub/out.txt'), 'utf8')).toBe('x')
  })

  it('shows figures that `gate run` reads', { timeout: 120_000 }, async () => {
    const folder = repository('figures')
    write(folder, { ...gateFiles, 'dvc.yaml': 'metrics: [metrics.yaml]\n', 'metrics.yaml': 'eval: {auc: 0.91}\naccuracy: 0.87\n' })
    writeFileSync(join(folder, 'shown.json'), await dvc(folder, 'metrics', 'show', '--json'))

    const [own, shown] = await Promise.all(
      ['metrics.yaml', 'shown.json'].map(async (name) => judged(await gate(folder, '--model', 'model.bin', '--metrics', name))),
    )

    expect(own?.result.metrics.map(({ candidate }) => candidate)).toEqual([0.87])
    expect(shown?.result.metrics).toEqual(own?.result.metrics)
  })

  it.each(['plimsoll', 'store'])('takes what DVC 2 has added from and to remote %s', { timeout: 240_000 }, async (remote) => {
    const folder = repository(`legacy-${remote}`)
    write(folder, { 'data/crlf.csv': `${remote}\r\n1,2\r\n`, 'images/x.txt': `${remote} a\r\n`, 'images/y.bin': '\0\r\n' })
    await mustRun(dvcPython ?? '', ['-c', legacyProgram, 'data/crlf.csv', 'images'], { cwd: folder })

    const pushed = await ours(folder, 'push', '-r', remote)
    const clone = await commitAndClone(folder)
    await dvc(clone, 'pull', '-r', remote)
    const other = fresh('other')
    await git(work, 'clone', '--quiet', folder, other)
    const pulled = await ours(other, 'pull', '-r', remote)

    expect(pushed.code, pushed.stderr).toBe(0)
    expect(pulled.stdout, pulled.stderr).toContain('3 files fetched')
    expect(dataIn(clone)).toEqual(dataIn(folder))
    expect(dataIn(other)).toEqual(dataIn(folder))
    expect(await dvc(clone, 'status')).toContain('up to date')
  })
})

const gateFiles = {
  'gate.yaml': `apiVersion: plimsoll.dev/v1alpha1
kind: ModelGate
metadata: { name: quality }
spec:
  uncertainty: optional
  metrics: [{ name: accuracy, atLeast: 0.5 }]
`,
  'eval.csv': 'id,y\n1,0\n',
  'model.bin': 'w',
}
const gate = (folder: string, ...args: string[]): Promise<RunResult> =>
  plimsoll.cli(['gate', 'run', '--offline', '--data', 'eval.csv', ...args, '-o', 'json'], { cwd: folder, env: mlflowEnvironment(folder) })
const mlflowEnvironment = (folder: string): Record<string, string | undefined> => ({
  MLFLOW_TRACKING_URI: folder.startsWith(join(work, 'by-')) ? readFileSync(join(folder, 'uri'), 'utf8') : undefined,
})
function judged({ stdout, stderr }: RunResult): GateReport {
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout) as GateReport
}

/** Writes the `.dvc` files that DVC 2 wrote, with the digests of DVC 3's own code for them. */
const legacyProgram = `
import hashlib, json, os, sys
from dvc_data.hashfile.hash import file_md5
def describe(path, md5): open(path + '.dvc', 'w').write(f"outs:\\n- md5: {md5}\\n  path: {os.path.basename(path)}\\n")
for path in sys.argv[1:]:
    if os.path.isfile(path):
        describe(path, file_md5(path, name='md5-dos2unix'))
    else:
        files = [{'md5': file_md5(os.path.join(path, name), name='md5-dos2unix'), 'relpath': name} for name in sorted(os.listdir(path))]
        describe(path, hashlib.md5(json.dumps(files, sort_keys=True).encode()).hexdigest() + '.dir')
    open('.gitignore', 'a').write('/' + path + '\\n')
`

/** As somebody's training does it: figures of several steps, odd ones too, a model that is registered, another run that fails. */
const trainingProgram = `
import json, math, os, sys
import mlflow
from mlflow import MlflowClient
mlflow.set_experiment('fraud-detection-v2')
os.makedirs('made/sub'); open('made/w.bin', 'wb').write(b'w' * 1000); open('made/sub/ü x.txt', 'w').write('deep')
with mlflow.start_run(run_name='rf-baseline') as run:
    mlflow.log_params({'n_estimators': 100, 'max depth': 10})
    for step, value in enumerate([0.5, 0.7, 0.6]): mlflow.log_metric('eval/auc', value, step=step)
    mlflow.log_metric('late', 1, step=5); mlflow.log_metric('late', 2, step=1)
    mlflow.log_metric('nan', math.nan); mlflow.log_metric('inf', math.inf); mlflow.log_metric('ninf', -math.inf)
    mlflow.log_metric('accuracy', 0.87)
    mlflow.set_tag('mlflow.source.git.commit', 'f' * 40)
    mlflow.log_artifacts('made', 'model')
client = MlflowClient()
client.create_registered_model('fraud-detector')
version = client.create_model_version('fraud-detector', run.info.artifact_uri + '/model', run.info.run_id).version
client.set_registered_model_alias('fraud-detector', 'champion', version)
try:
    with mlflow.start_run() as failed:
        mlflow.log_metric('accuracy', 0.9)
        raise RuntimeError('out of memory')
except RuntimeError: pass
print(json.dumps({'run': run.info.run_id, 'failed': failed.info.run_id}))
`

describe.skipIf(mlflowPython === undefined)('MLflow (needs a Python with `pip install mlflow`, named by PLIMSOLL_TEST_PYTHON)', () => {
  let server: ChildProcess | undefined
  const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', GIT_PYTHON_REFRESH: 'quiet', MLFLOW_ALLOW_FILE_STORE: 'true' }
  const runs: Record<string, { run: string; failed: string }> = {}

  async function train(kind: string, uri: string): Promise<void> {
    const folder = join(work, `by-${kind}`)
    mkdirSync(folder)
    write(folder, { ...gateFiles, uri })
    const said = await mustRun(mlflowPython ?? '', ['-c', trainingProgram], {
      cwd: folder,
      env: { ...quiet, MLFLOW_TRACKING_URI: uri },
      timeoutMs: 180_000,
    })
    runs[kind] = JSON.parse(
      said
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('{')) ?? '',
    ) as { run: string; failed: string }
  }

  beforeAll(async () => {
    const port = await freePort()
    const args = ['--host', '127.0.0.1', '--port', String(port), '--backend-store-uri', `sqlite:///${work}/ml.db`]
    server = spawn(
      mlflowPython ?? '',
      ['-m', 'mlflow', 'server', ...args, '--artifacts-destination', join(work, 'art'), '--workers', '1'],
      {
        env: { ...process.env, ...quiet },
        stdio: 'ignore',
        detached: true,
      },
    )
    const url = `http://127.0.0.1:${port}`
    await eventually('MLflow is up', async () => (await fetch(`${url}/health`)).ok, 120_000)
    await train('server', url)
    await train('folder', `file://${work}/mlruns`)
  }, 400_000)
  afterAll(async () => {
    if (server?.pid === undefined || server.exitCode !== null) return
    const ended = new Promise((done) => server?.once('exit', done))
    // Its workers are processes of their own, in its group.
    process.kill(-server.pid, 'SIGKILL')
    await ended
  })

  it.each([
    ['server', 'mlflow:RUN', 'mlflow:RUN/model'],
    ['server', 'models:/fraud-detector/1', 'models:/fraud-detector/1'],
    ['server', 'models:/fraud-detector@champion', 'models:/fraud-detector@champion'],
    ['server', 'models:/fraud-detector/latest', 'mlflow:RUN/model'],
    ['folder', 'mlflow:RUN', 'mlflow:RUN/model'],
    ['folder', 'models:/fraud-detector/1', 'models:/fraud-detector/1'],
    ['folder', 'models:/fraud-detector@champion', 'models:/fraud-detector@champion'],
  ])('by %s: a gate is judged by the figures of %s, for the artefact %s', { timeout: 60_000 }, async (kind, metrics, model) => {
    const folder = join(work, `by-${kind}`)
    const id = runs[kind]?.run ?? ''
    const own = judged(await gate(folder, '--model', 'made', '--metrics', metrics.replace('RUN', id)))

    const report = judged(await gate(folder, '--model', model.replace('RUN', id), '--metrics', metrics.replace('RUN', id)))

    expect(report.verdict).toBe('pass')
    expect(report.result.metrics.map(({ candidate }) => candidate)).toEqual([0.87])
    // The very content that training has written.
    expect(report.candidate.digest).toBe(own.candidate.digest)
    expect(report.candidate).toMatchObject({ commit: 'f'.repeat(40), parameters: { n_estimators: '100', 'max depth': '10' } })
    expect(report.candidate.trainedBy).toBeTruthy()
    expect(report.candidate.trainedAt).toMatch(/^\d{4}-/)
    expect(report.candidate.origin).toContain(id)
  })

  it.each(['server', 'folder'])(
    'by %s: figures are the last of their steps, and what is no number never passes',
    { timeout: 60_000 },
    async (kind) => {
      const folder = join(work, `by-${kind}`)
      const names = ['eval/auc', 'late', 'nan', 'inf', 'ninf']
      write(folder, {
        'odd.yaml': gateFiles['gate.yaml'].replace(
          '{ name: accuracy, atLeast: 0.5 }',
          names.map((name) => `{ name: ${name}, better: higher, atLeast: 0.5 }`).join(', '),
        ),
      })

      const report = judged(await gate(folder, 'odd.yaml', '--model', 'made', '--metrics', `mlflow:${runs[kind]?.run}`))

      expect(report.verdict).toBe('inconclusive')
      expect(report.result.metrics.slice(0, 2).map(({ candidate }) => candidate)).toEqual([0.6, 1])
      expect(report.result.metrics.slice(2).map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
    },
  )

  it.each(['server', 'folder'])('by %s: a run that failed is told', { timeout: 60_000 }, async (kind) => {
    const report = judged(await gate(join(work, `by-${kind}`), '--model', 'made', '--metrics', `mlflow:${runs[kind]?.failed}`))

    expect(report.result.warnings.join('\n')).toContain('did not end well: FAILED')
  })
})

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.on('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
