import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program that answers as an engine's command line does, and keeps a list of what it was asked for. */
export interface FakeEngine {
  program: string
  calls(): FakeCall[]
  /** Of one verb: `create`, `network create`, … */
  callsOf(verb: string): FakeCall[]
  /** `container`, `network`, `volume` and `image`, with their labels. */
  objects(): { type: string; labels: string[] }[]
  add(type: string, labels: readonly string[]): void
  close(): void
}

export interface FakeCall {
  argv: string[]
  env: Record<string, string>
  /** What the file with variables holds. */
  variables?: string
  /** The file with credentials, wherever it is. */
  credentials?: { auths: Record<string, { auth: string }> }
}

export interface FakeOptions {
  kind: 'docker' | 'podman'
  isRootless?: boolean
  /** What answers Docker's command line. */
  server?: 'none' | 'Engine' | 'Podman Engine'
  /** Those that are there. */
  images?: string[]
  /** What the health check says, one after the other; the last one stays. */
  health?: string[]
  /** By verb: what it says when it fails. */
  fails?: Record<string, string>
  /** What an image does when it is run: a script for sh. It can be killed once it has written its number to the file `$CONTAINER`. */
  run?: string
}

export function openFakeEngine({
  kind,
  isRootless = false,
  server = 'Engine',
  images = [],
  health = [],
  fails = {},
  run = '',
}: FakeOptions): FakeEngine {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fake-engine-'))
  const program = join(folder, kind)
  for (const name of ['objects', 'calls']) mkdirSync(join(folder, name))
  const lines = (name: string, all: readonly string[]): void => writeFileSync(join(folder, name), all.map((line) => `${line}\n`).join(''))
  lines('settings', [`kind=${kind}`, `rootless=${isRootless}`, `server='${server}'`])
  lines('images', images)
  lines('health', health)
  lines('fails', Object.entries(fails).map(([verb, message]) => `${verb}=${message}`)) // prettier-ignore
  lines('run', [run])
  copyFileSync(fileURLToPath(new URL('./fake-engine.sh', import.meta.url)), program)
  chmodSync(program, 0o755)
  const calls = (): FakeCall[] => readdirSync(join(folder, 'calls')).toSorted().map((name) => readCall(join(folder, 'calls', name))) // prettier-ignore
  return {
    program,
    calls,
    callsOf: (verb) => calls().filter(({ argv }) => `${wordsOf(argv).join(' ')} `.startsWith(`${verb} `)),
    objects: () =>
      readdirSync(join(folder, 'objects')).map((name) => ({
        type: name.split('-')[0] ?? '',
        labels: readFileSync(join(folder, 'objects', name), 'utf8')
          .split('\n')
          .filter(Boolean),
      })),
    add: (type, labels) => lines(`objects/${type}-${crypto.randomUUID()}`, labels),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function readCall(folder: string): FakeCall {
  const files = new Set(readdirSync(folder))
  const parts = (name: string): string[] => readFileSync(join(folder, name), 'utf8').split('\0').slice(0, -1)
  const env = parts('env').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  return {
    argv: parts('argv'),
    env: Object.fromEntries(env) as Record<string, string>,
    ...(files.has('variables') && { variables: readFileSync(join(folder, 'variables'), 'utf8') }),
    ...(files.has('credentials') && {
      credentials: JSON.parse(readFileSync(join(folder, 'credentials'), 'utf8')) as NonNullable<FakeCall['credentials']>,
    }),
  }
}

/** Without options; of those there is one before the verb that has its value beside it. */
function wordsOf(argv: readonly string[]): string[] {
  return (argv[0] === '--config' ? argv.slice(2) : argv).filter((one) => !one.startsWith('-'))
}
