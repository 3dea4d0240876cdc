import { dirname, join } from 'node:path'
import { highestMatch } from '@plimsoll/api'
import { cacheRestore, cacheSave } from './cache.ts'
import { type ActionCall, type BuiltinAction, StepFailure } from './action-call.ts'
import { versionIn } from './version-file.ts'

interface Installation {
  version: string
  /** Its program. */
  program: string
}

/** actions/setup-node: of what is there. */
export const setupNode: BuiltinAction = {
  inputs: {
    'node-version': '',
    'node-version-file': '',
    'always-auth': 'false',
    'check-latest': 'false',
    architecture: '',
    'registry-url': '',
    scope: '',
    token: '',
    cache: '',
    'cache-dependency-path': '',
    mirror: '',
    'mirror-token': '',
    'package-manager-cache': 'true',
  },
  async main(call) {
    const wanted = await wantedVersion(call, 'node-version', 'node-version-file', ['.nvmrc', '.node-version', 'package.json'])
    const home = process.env['HOME'] ?? '/nonexistent'
    const found = await installations(
      call,
      ['node'],
      [
        '/opt/hostedtoolcache/node/*/x64/bin/node',
        join(home, '.nvm/versions/node/*/bin/node'),
        join(home, '.fnm/node-versions/*/installation/bin/node'),
        join(home, '.volta/tools/image/node/*/bin/node'),
      ],
    )
    const range = wanted === undefined || /^(lts(\/.*)?|node|latest|current|\*)$/i.test(wanted) ? '*' : wanted
    const chosen = choose(call, 'Node.js', range, found)
    call.addPath(dirname(chosen.program))
    call.setOutput('node-version', `v${chosen.version}`)
    call.say(`Node.js ${chosen.version} (${chosen.program})`)
    await useRegistry(call)
    await useCache(call, call.input('cache'), { npm: ['~/.npm', 'package-lock.json'], yarn: ['~/.cache/yarn', 'yarn.lock'], pnpm: ['~/.local/share/pnpm/store', 'pnpm-lock.yaml'] }) // prettier-ignore
  },
  post: saveCache,
}

/** As GitHub's own: for one scope or for all, by the token that a step names in NODE_AUTH_TOKEN. */
async function useRegistry(call: ActionCall): Promise<void> {
  const given = call.input('registry-url')
  if (given === '') return
  if (!URL.canParse(given)) throw new StepFailure(`'${given}' is no address of a registry.`)
  const url = given.endsWith('/') ? given : `${given}/`
  const scope = call.input('scope').toLowerCase().replace(/^(?=[^@])/, '@') // prettier-ignore
  if (!/^(@[\w.-]+)?$/.test(scope)) throw new StepFailure(`'${scope}' is no scope of packages.`)
  const lines = [`${url.replace(/^\w+:/, '')}:_authToken=\${NODE_AUTH_TOKEN}`, `${scope === '' ? '' : `${scope}:`}registry=${url}`]
  const file = (temp: string): string => join(temp, '.npmrc')
  const input = Buffer.from(`${lines.join('\n')}\n`)
  if ((await call.exec(['tee', file(call.sandbox.inside.temp)], { input, isQuiet: true })) !== 0)
    throw new StepFailure('The settings of npm could not be written.')
  call.setEnvironment('NPM_CONFIG_USERCONFIG', file(call.steps.inside.temp))
  // npm fails where a variable of its settings is not set.
  call.setEnvironment('NODE_AUTH_TOKEN', call.env.get('NODE_AUTH_TOKEN') ?? 'XXXXX-XXXXX-XXXXX-XXXXX')
}

/** actions/setup-python: of what is there. */
export const setupPython: BuiltinAction = {
  inputs: {
    'python-version': '',
    'python-version-file': '',
    cache: '',
    architecture: '',
    'check-latest': 'false',
    token: '',
    'cache-dependency-path': '',
    'update-environment': 'true',
    'allow-prereleases': 'false',
    freethreaded: 'false',
    'pip-version': '',
    'pip-install': '',
  },
  async main(call) {
    const wanted = await wantedVersion(call, 'python-version', 'python-version-file', ['.python-version'])
    const home = process.env['HOME'] ?? '/nonexistent'
    const found = await installations(
      call,
      ['python3', 'python', ...['3.14', '3.13', '3.12', '3.11', '3.10', '3.9', '3.8'].map((version) => `python${version}`)],
      [
        '/opt/hostedtoolcache/Python/*/x64/bin/python3',
        join(home, '.pyenv/versions/*/bin/python'),
        join(home, '.local/share/uv/python/*/bin/python3'),
      ],
    )
    const lines = (wanted ?? '*').split('\n').map((line) => line.trim()).filter(Boolean) // prettier-ignore
    // The last of several is the one that `python` means, as GitHub's own does it.
    let chosen: Installation | undefined
    for (const line of lines) {
      if (/^(pypy|graalpy)/i.test(line)) throw new StepFailure(`'${line}' is not ${call.steps.place}: only CPython is looked for.`)
      const range = /^(x|\*|3\.x)$/.test(line) ? (line === '3.x' ? '>=3.0.0 <4.0.0' : '*') : line.replace(/-dev$/, '')
      chosen = choose(call, 'Python', range, found)
      if (call.input('update-environment') !== 'false') await prepare(call, chosen)
    }
    if (!chosen) throw new StepFailure('No version of Python was asked for.')
    call.setOutput('python-version', chosen.version)
    call.setOutput('python-path', chosen.program)
    call.say(`Python ${chosen.version} (${chosen.program})`)
    await useCache(call, call.input('cache'), { pip: ['~/.cache/pip', 'requirements.txt'], pipenv: ['~/.local/share/virtualenvs', 'Pipfile.lock'], poetry: ['~/.cache/pypoetry', 'poetry.lock'] }) // prettier-ignore
  },
  post: saveCache,
}

/** Its programs first in the PATH; packages that `pip` installs go to the job's home, because the machine's own cannot be written. */
async function prepare(call: ActionCall, python: Installation): Promise<void> {
  const name = `python-${python.version}`
  const bin = join(call.sandbox.inside.temp, name)
  const [major, minor] = python.version.split('.')
  await call.exec(['mkdir', '-p', bin], { isQuiet: true })
  for (const name of ['python', 'python3', `python${major}.${minor}`])
    await call.exec(['ln', '-sfn', python.program, join(bin, name)], { isQuiet: true })
  call.addPath(dirname(python.program))
  call.addPath(join(call.steps.inside.home, '.local/bin'))
  const { code } = await call.steps.capture(['test', '-e', join(dirname(python.program), 'python')])
  if (code !== 0) call.addPath(join(call.steps.inside.temp, name))
  call.setEnvironment('pythonLocation', dirname(dirname(python.program)))
  call.setEnvironment('PYENV_VERSION', python.program.includes('/.pyenv/versions/') ? python.version : '')
}

async function wantedVersion(call: ActionCall, input: string, fileInput: string, files: readonly string[]): Promise<string | undefined> {
  if (call.input(input) !== '') return call.input(input)
  const named = call.input(fileInput)
  for (const file of named === '' ? (input === 'python-version' ? files : []) : [named]) {
    const { code, stdout } = await call.capture(['cat', '--', file], { maxBytes: 1024 * 1024 })
    if (code !== 0) {
      if (named !== '') throw new StepFailure(`The specified version file '${file}' does not exist.`)
      continue
    }
    const version = versionIn(file, stdout.toString('utf8'), input === 'node-version' ? 'node' : 'python')
    if (version === undefined && named !== '') throw new StepFailure(`'${file}' names no version.`)
    return version
  }
  return undefined
}

/** Real path and path of each program that a pattern (sh(1), 2.13) names, and then of each on the PATH. */
const listPrograms = `IFS=
show() { for file in $1; do [ -x "$file" ] && printf '%s\\0%s\\0' "$(readlink -f "$file")" "$file"; done; true; }
while [ "$1" != -- ]; do show "$1"; shift; done; shift
IFS=:; for folder in $PATH; do for program; do IFS=; case $folder in */shims) ;; *) show "$folder/$program" ;; esac; done; done`

/** Programs on the PATH and where version tools put theirs, `places`: looked for, and asked for their version, where steps run. */
async function installations(call: ActionCall, programs: readonly string[], places: readonly string[]): Promise<Installation[]> {
  const { stdout: list } = await call.steps.capture(['sh', '-c', listPrograms, 'list', ...places, '--', ...programs])
  const words = list.toString().split('\0')
  const byFile = new Map<string, string>()
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [file = '', path = ''] = words.slice(at, at + 2)
    if (!byFile.has(file)) byFile.set(file, path)
  }
  const found: Installation[] = []
  for (const path of byFile.values()) {
    const { code, stdout } = await call.steps.capture(['sh', '-c', '"$1" --version 2>&1', 'version', path], { maxBytes: 4096 })
    const version = /(\d+\.\d+\.\d+)/.exec(stdout.toString())?.[1]
    if (code === 0 && version !== undefined) found.push({ version, program: path })
  }
  return found
}

function choose(call: ActionCall, what: string, range: string, found: readonly Installation[]): Installation {
  const versions = found.map((one) => one.version).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const version = highestMatch(expanded(range), versions)
  const chosen = found.find((one) => one.version === version)
  if (chosen) return chosen
  throw new StepFailure(
    `${what} '${range}' is not ${call.steps.place}, and nothing is downloaded. There ${versions.length === 1 ? 'is' : 'are'} ${versions.join(', ') || 'none'}. Ask for one of these, or install it there.`,
  )
}

/** `3.11` means any 3.11 to setup-python and setup-node, an exact version only with three parts. */
function expanded(range: string): string {
  return /^\d+(\.\d+)?$/.test(range) ? `${range}.x` : range
}

/** Packages of the package manager, by the lock file, through the same caches as actions/cache. */
async function useCache(call: ActionCall, name: string, known: Readonly<Record<string, readonly [string, string]>>): Promise<void> {
  if (name === '') return
  if (!Object.hasOwn(known, name))
    throw new StepFailure(`Caching for '${name}' is not supported; there is ${Object.keys(known).join(', ')}.`)
  const [path = '', lock = ''] = known[name] ?? []
  const patterns = call.input('cache-dependency-path').split('\n').filter(Boolean)
  const script = join(call.sandbox.scripts, 'hash-files.mjs')
  const { stdout } = await call.capture([call.sandbox.node, script, ...(patterns.length > 0 ? patterns : [`**/${lock}`])])
  const digest = stdout.toString().trim()
  if (digest === '') return call.say(`No ${lock} was found, so nothing is cached.`)
  const key = `setup-${name}-${digest}`
  call.state.set('path', path)
  call.state.set('key', key)
  const found = { hit: '' }
  await cacheRestore.main(withInputs(call, { path, key }, (output, value) => output === 'cache-matched-key' && (found.hit = value)))
  call.state.set('found', found.hit)
  call.setOutput('cache-hit', String(found.hit === key))
}

async function saveCache(call: ActionCall, hasSucceeded: boolean): Promise<void> {
  const key = call.state.get('key')
  const path = call.state.get('path')
  if (key === undefined || path === undefined || !hasSucceeded || call.state.get('found') === key) return
  await cacheSave.main(withInputs(call, { path, key }, () => undefined))
}

function withInputs(
  call: ActionCall,
  inputs: Readonly<Record<string, string>>,
  output: (name: string, value: string) => unknown,
): ActionCall {
  return {
    ...call,
    input: (name) => (Object.hasOwn(inputs, name) ? (inputs[name] ?? '') : ''),
    flag: () => false,
    setOutput: (name, value) => void output(name, value),
  }
}
