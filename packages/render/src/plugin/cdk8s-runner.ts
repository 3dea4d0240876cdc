/**
 * The program behind the cdk8s plugin. Runs in a private copy of the source: reads `cdk8s.yaml`, runs its `app`, prints what that has written. One
 * argument at most: a `node_modules` folder of the operator.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import yaml from 'js-yaml'

const folder = realpathSync(process.cwd())
const modules = process.argv[2]

try {
  if (modules !== undefined) symlinkSync(modules, join(dirname(folder), 'node_modules'))
  const settings = readSettings()
  const command = commandOf(settings.app)
  const { status, signal } = spawnSync(process.execPath, [...permissions(), ...command], {
    cwd: folder,
    env: { ...process.env, CDK8S_OUTDIR: settings.output, TS_NODE_TRANSPILE_ONLY: 'true', NODE_NO_WARNINGS: '1' },
    // What the program prints is no manifest.
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) fail(`app '${settings.app}' failed: ${signal ?? `exit status ${status ?? ''}`}`)
  const names = readdirSync(join(folder, settings.output)).filter((name) => /\.(?:yaml|yml|json)$/.test(name))
  for (const name of names.toSorted()) process.stdout.write(`---\n${readFileSync(join(folder, settings.output, name), 'utf8')}\n`)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

function readSettings(): { app: string; output: string } {
  const settings = yaml.load(readFileSync(join(folder, 'cdk8s.yaml'), 'utf8'), { schema: yaml.FAILSAFE_SCHEMA }) as Record<
    string,
    unknown
  > | null
  const { app, output = 'dist' } = settings ?? {}
  if (typeof app !== 'string' || app.trim() === '') fail("cdk8s.yaml has no 'app'")
  if (typeof output !== 'string' || output.startsWith('/') || output.split('/').includes('..'))
    fail("cdk8s.yaml: 'output' is not a folder of the source")
  return { app, output }
}

/** `node FILE …`, or a program of `node_modules/.bin` (`npx ts-node main.ts`), as arguments for node. */
function commandOf(app: string): string[] {
  if (/[;&|<>$`"'\\(){}*?\n]/.test(app)) fail(`app '${app}' is a line for a shell; write a program and its arguments`)
  const [program = '', ...args] = app.trim().split(/\s+/)
  if (program === 'node') return args
  const words = program === 'npx' ? args.filter((word, index) => index > 0 || !word.startsWith('-')) : [program, ...args]
  while (words[0]?.startsWith('-')) words.shift()
  const [name = '', ...rest] = words
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) fail(`app '${app}' names no program`)
  const found = [folder, dirname(folder)].map((from) => join(from, 'node_modules', '.bin', name)).find((path) => existsSync(path))
  if (found !== undefined) return [realpathSync(found), ...rest]
  if (name === 'ts-node' && 'typescript' in process.features && process.features.typescript) return rest
  fail(`'${name}' is not in node_modules, and nothing is downloaded; commit it, or a bundled program`)
}

/** Files of the copy and of the modules, and nothing else of this machine (Node.js, "Permissions"). */
function permissions(): string[] {
  const flag = ['--permission', '--experimental-permission'].find((each) => process.allowedNodeEnvironmentFlags.has(each))
  if (flag === undefined) return []
  const readable = [dirname(folder), ...(modules === undefined ? [] : [realpathSync(modules)])]
  return [flag, ...readable.map((path) => `--allow-fs-read=${path}/*`), `--allow-fs-write=${dirname(folder)}/*`]
}

function fail(message: string): never {
  process.stderr.write(`cdk8s: ${message}\n`)
  process.exit(1)
}
