// Brings a clone into the state in which it can run: packages installed, everything built. Does nothing when nothing has changed.
import './require-node.mjs'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runStep } from './step.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, '.cache')
const modules = join(root, 'node_modules')

/** @param {{ forTests: boolean }} options Tests need the development dependencies too, and types that are checked. */
export async function prepare({ forTests }) {
  requireGit()
  requireWritable()
  await install(forTests)
  await build(forTests)
}

/** `git fetch` is told the addresses that were checked by http.curloptResolve, which came with git 2.37; pull requests are merged by merge-tree --write-tree, which came with 2.38. */
function requireGit() {
  const { status, stdout } = spawnSync('git', ['--version'], { encoding: 'utf8' })
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? '') ?? []
  if (status === 0 && (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38))) return
  const found = status === 0 ? `this is ${stdout.trim()}` : 'there is none on the PATH'
  fail(`Plimsoll needs git 2.38 or newer; ${found}. Install it (https://git-scm.com) and run the same command again.`)
}

function requireWritable() {
  try {
    mkdirSync(cache, { recursive: true })
    const probe = join(cache, `probe-${process.pid}`)
    writeFileSync(probe, 'x')
    rmSync(probe)
  } catch (error) {
    const why = error.code === 'ENOSPC' ? 'the disk is full' : `${error.code ?? error.message}`
    fail(`This clone cannot be written: ${cache}: ${why}. Make room, or clone into a folder of your own.`)
  }
}

/** Nothing is wiped while somebody may run from it: what is missing is added. Only a tree that was left half done is made anew. */
async function install(forTests) {
  const lockFile = join(root, 'package-lock.json')
  const lockText = readFileSync(lockFile, 'utf8')
  const wanted = createHash('sha256').update(lockText).digest('hex')
  const stamp = join(modules, '.plimsoll-installed')
  const unfinished = join(cache, 'installing')
  const isUnfinished = existsSync(unfinished)
  const [installed, scope] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split(' ') : []
  if (!isUnfinished && installed === wanted && (scope === 'all' || !forTests)) return
  const scopeThere = isUnfinished ? undefined : scopeInstalled(JSON.parse(lockText))
  if (scopeThere === 'all' || (scopeThere === 'run' && !forTests)) {
    writeFileSync(stamp, `${wanted} ${scopeThere}`)
    return
  }
  const isAll = forTests || scope === 'all'
  const isFirst = isUnfinished || !existsSync(join(modules, '.package-lock.json'))
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? { program: process.execPath, args: [process.env.npm_execpath] }
    : { program: 'npm', args: [] }
  writeFileSync(unfinished, '')
  await runStep({
    title: `${isFirst ? 'Installing' : 'Updating'} packages${isAll ? ' (with those for tests)' : ''}`,
    doing: 'installing packages',
    root,
    commands: [
      {
        program: npm.program,
        args: [
          ...npm.args,
          ...(isFirst ? ['ci'] : ['install', '--no-save']),
          isAll ? '--include=dev' : '--omit=dev',
          '--no-audit',
          '--no-fund',
        ],
        cwd: root,
        env: { NODE_ENV: undefined, npm_config_omit: undefined, npm_config_production: undefined },
      },
    ],
  })
  writeFileSync(stamp, `${wanted} ${isAll ? 'all' : 'run'}`)
  rmSync(unfinished)
}

/** What npm says is installed, by the list that it writes at the end: 'all', 'run' (without what only tests need) or undefined. */
function scopeInstalled(lock) {
  const list = join(modules, '.package-lock.json')
  if (!existsSync(list)) return undefined
  const there = JSON.parse(readFileSync(list, 'utf8')).packages
  let scope = 'all'
  for (const [path, { version, optional, dev, devOptional, link }] of Object.entries(lock.packages)) {
    if (path === '' || optional || link || !path.startsWith('node_modules/') || there[path]?.version === version) continue
    if (!dev && !devOptional) return undefined
    scope = 'run'
  }
  return scope
}

async function build(forTests) {
  const sources = readdirSync(join(root, 'packages'))
    .filter((name) => name !== 'web')
    .flatMap((name) => [`packages/${name}/src`, `packages/${name}/tsconfig.json`])
    .concat('tsconfig.json', 'tsconfig.base.json', 'package-lock.json')
  const parts = [
    {
      name: forTests ? 'checked' : 'server',
      title: forTests ? 'the server and the tests, with types checked' : 'the server',
      inputs: forTests
        ? [...sources, 'e2e/harness', 'e2e/tests', 'e2e/long', 'e2e/bench', 'e2e/conformance', 'e2e/tsconfig.json']
        : sources,
      output: 'packages/cli/dist',
      // Types are checked for the tests. A start needs only the JavaScript, and has no types of test tools to check against.
      command: { program: 'tsc', args: forTests ? ['-b'] : ['-b', 'packages/cli', '--noCheck'], cwd: root },
    },
    {
      name: 'console',
      title: 'the console',
      inputs: [
        'packages/web/src',
        'packages/web/index.html',
        'packages/web/vite.config.ts',
        'packages/web/public',
        'packages/api/src',
        'package-lock.json',
      ],
      output: 'packages/web/dist',
      command: { program: 'vite', args: ['build', '--logLevel', 'warn'], cwd: join(root, 'packages', 'web') },
    },
  ]
  const sourcesNow = fingerprint(sources)
  const due = parts.flatMap((part) => {
    const isServer = part.name !== 'console'
    const wanted = isServer
      ? `${sourcesNow} ${fingerprint(part.inputs.filter((path) => !sources.includes(path)))}`
      : fingerprint(part.inputs)
    const isThere = existsSync(join(root, part.output))
    // What has been checked has been built, too.
    const isBuilt = readStamp(part.name) === wanted || (part.name === 'server' && readStamp('checked')?.split(' ')[0] === sourcesNow)
    return isThere && isBuilt ? [] : [{ ...part, wanted }]
  })
  if (due.length === 0) return
  for (const { name } of due) rmSync(join(cache, `${name}.built`), { force: true })
  await runStep({
    title: `Building ${due.map(({ title }) => title).join(' and ')}`,
    doing: 'building',
    root,
    commands: due.map(({ command: { program, args, cwd } }) => ({
      program: process.execPath,
      args: [join(modules, '.bin', program), ...args],
      cwd,
    })),
  })
  for (const { name, wanted } of due) writeFileSync(join(cache, `${name}.built`), wanted)
}

function readStamp(name) {
  const stamp = join(cache, `${name}.built`)
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined
}

/** Equal while no input has changed: names, sizes and times, which takes milliseconds. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    const full = join(root, path)
    const stat = statSync(full, { throwIfNoEntry: false })
    if (!stat) return
    if (stat.isDirectory()) for (const name of readdirSync(full).sort()) visit(join(path, name))
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
  }
  for (const path of paths) visit(path)
  return hash.digest('hex')
}

export function fail(message) {
  console.error(message)
  process.exit(1)
}
