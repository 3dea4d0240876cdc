import { mkdirSync } from 'node:fs'
import { normalize } from 'node:path'
import { StepFailure } from '../actions/action-call.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Volume } from './container-definition.ts'
import { mounts } from './create-arguments.ts'
import { askEngine, type ContainerEngine, whyOf } from './engine.ts'

/**
 * Volumes of one container. A name is the job's own: no other job gets what this one has left there. Of the machine there are the folders of the job; no step
 * has run yet, so that none of them is a link.
 */
export async function volumesOf(
  engine: ContainerEngine,
  volumes: readonly Volume[],
  job: { what: string; sandbox: Sandbox; labels: readonly string[]; network: string },
): Promise<string[]> {
  const argv: string[] = []
  for (const { source, target, isReadOnly } of volumes) {
    if (source === undefined) argv.push(`--volume=${target}`)
    else if (source.startsWith('/')) argv.push(...mounts(engine, [{ from: folderOf(source, job), to: target, isReadOnly }]))
    else argv.push(`--volume=${await named(engine, source, job)}:${target}${isReadOnly ? ':ro' : ''}`)
  }
  return argv
}

function folderOf(source: string, { what, sandbox }: { what: string; sandbox: Sandbox }): string {
  const path = normalize(source)
  const { inside, outside } = sandbox
  if (!outside) throw new StepFailure('The folders of this job are not on this machine.')
  const which = (['workspace', 'temp'] as const).find((one) => path === inside[one] || path.startsWith(`${inside[one]}/`))
  if (which === undefined)
    throw new StepFailure(
      `'${source}' under 'volumes' of ${what} is a folder of this machine. Only the job's own are shown in containers: ${inside.workspace}, ${inside.temp}, and what is below them.`,
    )
  const folder = outside[which] + path.slice(inside[which].length)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}

async function named(
  engine: ContainerEngine,
  name: string,
  job: { what: string; labels: readonly string[]; network: string },
): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/.test(name))
    throw new StepFailure(`'${name}' under 'volumes' of ${job.what} is neither a path from the root nor the name of a volume.`)
  const own = `${job.network}-${name}`
  const there = await askEngine(engine, ['volume', 'inspect', own])
  if (there.code === 0) return own
  const made = await askEngine(engine, ['volume', 'create', ...job.labels, own])
  if (made.code !== 0) throw new StepFailure(`Volume '${name}' of ${job.what} could not be made: ${whyOf(made)}.`)
  return own
}
