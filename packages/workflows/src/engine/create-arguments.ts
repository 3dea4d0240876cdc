import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { JobLimits } from '../job/job-spec.ts'
import type { Bind } from '../sandbox/job-folders.ts'
import type { ContainerEngine } from './engine.ts'
import { instanceLabel, jobLabel } from './left-behind.ts'

/** Docker gives containers rights that few programs need and Podman does not: raw packets (and with them others' addresses), devices. */
const dropped = ['NET_RAW', 'MKNOD']

/** What holds for every container that a job starts; options of the workflow come after it and may only make it less. */
export function confinement(engine: ContainerEngine, limits: Pick<JobLimits, 'memoryBytes' | 'processes'>): string[] {
  return [
    '--security-opt=no-new-privileges',
    ...dropped.map((capability) => `--cap-drop=${capability}`),
    ...(engine.keeps.memory ? [`--memory=${limits.memoryBytes}`] : []),
    ...(engine.keeps.processes ? [`--pids-limit=${limits.processes}`] : []),
    // Podman asks for more of both than a server may have that is no root of the whole machine (capabilities(7), CAP_SYS_RESOURCE).
    ...(engine.kind === 'podman' ? hardLimits() : []),
  ]
}

function hardLimits(): string[] {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'latin1')
    } catch {
      // Where there is no /proc, the engine runs in a machine of its own.
      return ''
    }
  }
  const own = read('/proc/self/limits')
  const hardOf = (row: string): number => Number(new RegExp(`^${row}\\s+\\S+\\s+(\\d+)\\s`, 'm').exec(own)?.[1] ?? Number.NaN)
  const given = { nofile: hardOf('Max open files'), nproc: Math.min(hardOf('Max processes'), Number(read('/proc/sys/kernel/pid_max'))) }
  return Object.entries(given).flatMap(([name, hard]) => (hard > 0 ? [`--ulimit=${name}=${hard}:${hard}`] : []))
}

/** By them all of it is found again, also by a server that comes after one that was killed. */
export function labels(engine: ContainerEngine, jobId: string): string[] {
  return [`--label=${instanceLabel(engine.instance)}`, `--label=${jobLabel(engine.instance, jobId)}`]
}

/** Nothing of the machine is shown but these. No part of `from` may be for a step to replace by a link: engines follow them. */
export function mounts(engine: ContainerEngine, binds: readonly Bind[]): string[] {
  return binds.map(({ from, to, isReadOnly }) => {
    const modes = [...(isReadOnly ? ['ro'] : []), ...(engine.hasSelinux ? ['z'] : [])]
    return `--volume=${from}:${to}${modes.length > 0 ? `:${modes.join(',')}` : ''}`
  })
}

/** Names that no program but a step's own reads: these may be in the environment of the engine's command line. */
const harmless = /^(INPUT|STATE|GITHUB)_[A-Z0-9_-]*$/

export interface Variables {
  argv: string[]
  /** For the engine's command line. */
  environment: Record<string, string>
  /** Those of several lines that cannot be handed on. */
  leftOut: string[]
  /** Once the container is made. */
  remove(): void
}

/**
 * Variables of a container, through a file that only we can read: a command line is seen by everybody on the machine, and in the environment of the
 * engine's own program a `LD_PRELOAD` that a step has set would be code of the step's, run as us.
 */
export function variables(env: ReadonlyMap<string, string>, folder: string): Variables {
  const lines: string[] = []
  const file = join(folder, `variables-${randomUUID()}`)
  const given: Variables = { argv: [`--env-file=${file}`], environment: {}, leftOut: [], remove: () => rmSync(file, { force: true }) }
  for (const [name, value] of env) {
    if (value.includes('\0')) continue
    if (!/[\r\n]/.test(value) && /^[^\s=#*]+$/.test(name)) lines.push(`${name}=${value}\n`)
    else if (harmless.test(name)) {
      given.environment[name] = value
      given.argv.push(`--env=${name}`)
    } else given.leftOut.push(name)
  }
  writeFileSync(file, lines.join(''), { mode: 0o600, flag: 'wx' })
  return given
}
