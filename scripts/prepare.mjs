// Brings a clone into the state in which it can run: packages installed, everything built. Does nothing when nothing has changed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, '.cache')

/** @param {{ forTests: boolean }} options Tests need the development dependencies too. */
export async function prepare({ forTests }) {
  requireNode()
  await install(forTests)
  await build()
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Plimsoll needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one and try again.`)
  process.exit(1)
}

async function install(forTests) {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.plimsoll-installed')
  const [installed, scope] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split(' ') : []
  if (installed === wanted && (scope === 'all' || !forTests)) return
  // A tree that somebody installed by hand from this very lock file serves as well.
  if (!installed && existsSync(join(root, 'node_modules', 'vitest')) && existsSync(join(root, 'node_modules', 'vite'))) {
    writeFileSync(stamp, `${wanted} all`)
    return
  }
  const isAll = forTests || scope === 'all'
  await step(`Installing packages${isAll ? ' (with those for tests)' : ''}`, 'npm', [
    'ci',
    ...(isAll ? [] : ['--omit=dev']),
    '--no-audit',
    '--no-fund',
  ])
  writeFileSync(stamp, `${wanted} ${isAll ? 'all' : 'run'}`)
}

async function build() {
  mkdirSync(cache, { recursive: true })
  const parts = [
    {
      name: 'server',
      title: 'Building the server',
      inputs: readdirSync(join(root, 'packages'))
        .filter((name) => name !== 'web')
        .flatMap((name) => [`packages/${name}/src`, `packages/${name}/tsconfig.json`])
        .concat('e2e/harness', 'e2e/tests', 'e2e/bench', 'e2e/tsconfig.json', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'),
      output: 'e2e/dist',
      command: ['tsc', '-b'],
      cwd: root,
    },
    {
      name: 'console',
      title: 'Building the console',
      inputs: [
        'packages/web/src',
        'packages/web/index.html',
        'packages/web/vite.config.ts',
        'packages/web/public',
        'packages/api/src',
        'package-lock.json',
      ],
      output: 'packages/web/dist',
      command: ['vite', 'build', '--logLevel', 'warn'],
      cwd: join(root, 'packages', 'web'),
    },
  ]
  for (const part of parts) {
    const stamp = join(cache, `${part.name}.built`)
    const wanted = fingerprint(part.inputs)
    if (existsSync(join(root, part.output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue
    const [program, ...args] = part.command
    await step(part.title, process.execPath, [join(root, 'node_modules', '.bin', program), ...args], part.cwd)
    writeFileSync(stamp, wanted)
  }
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

/** Runs a command, showing that it goes on; its output is shown only when it fails. */
export async function step(title, command, args, cwd = root) {
  const startedAt = Date.now()
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`
  const isTerminal = process.stdout.isTTY === true
  process.stdout.write(isTerminal ? `  ${title} …` : `  ${title} …\n`)
  const ticking = isTerminal ? setInterval(() => process.stdout.write(`\r  ${title} … ${seconds()}`), 1000) : undefined
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`))
      resolve(1)
    })
    child.on('close', resolve)
  })
  clearInterval(ticking)
  if (isTerminal) process.stdout.write(`\r  ${title}: ${code === 0 ? `done in ${seconds()}` : 'failed'}          \n`)
  if (code === 0) return
  process.stderr.write(Buffer.concat(output))
  console.error(`\n${title} failed. What went wrong is above; when it is put right, run the same command again.`)
  process.exit(1)
}
