import { StepFailure } from '../actions/action-call.ts'
import type { Value, ValueMap } from '../language/contract.ts'
import { textOf } from '../step/values.ts'

/** `container` of a job, or one of its `services`, evaluated. */
export interface ContainerDefinition {
  image: string
  credentials?: { username: string; password: string }
  env: Map<string, string>
  ports: Port[]
  volumes: Volume[]
  options: string
  /** Of services alone. */
  entrypoint?: string
  command?: string
}

export interface Port {
  /** Of this machine. Undefined: a free one. */
  host?: string
  container: string
  protocol: 'tcp' | 'udp'
}

export interface Volume {
  /** A name, or a path. Undefined: nobody else has it. */
  source?: string
  target: string
  isReadOnly: boolean
}

/** A registry, a path, a tag, a digest: never anything that a command line would take for an option. */
const imageName = /^[A-Za-z0-9][A-Za-z0-9._\-/:@[\]]{0,500}$/

/** Undefined when it names no image: then it is as if it were not there. */
export function readDefinition(value: Value | undefined, what: string): ContainerDefinition | undefined {
  const fields = isMap(value) ? value : {}
  const written = isMap(value) ? textOf(fields['image']) : textOf(value)
  if (written.trim() === '') return undefined
  const image = checkedImage(written, what)
  const { username, password } = isMap(fields['credentials']) ? fields['credentials'] : {}
  const [entrypoint, command] = [textOf(fields['entrypoint']), textOf(fields['command'])]
  return {
    image,
    ...(username !== undefined && password !== undefined && { credentials: { username: textOf(username), password: textOf(password) } }),
    env: new Map(Object.entries(isMap(fields['env']) ? fields['env'] : {}).map(([name, one]) => [name, textOf(one)])),
    ports: listOf(fields['ports']).map((one) => readPort(one, what)),
    volumes: listOf(fields['volumes']).map((one) => readVolume(one, what)),
    options: textOf(fields['options']),
    ...(entrypoint !== '' && { entrypoint }),
    ...(command !== '' && { command }),
  }
}

export function checkedImage(written: string, what: string): string {
  const image = written.trim().replace(/^docker:\/\//i, '')
  if (!imageName.test(image)) throw new StepFailure(`'${image}', the image of ${what}, is no name of an image.`)
  return image
}

/** `80`, `8080:80`, `53/udp`. Whose address it is on this machine is not theirs to say: it is its own. */
function readPort(text: string, what: string): Port {
  const [, host, container, protocol] = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text.trim()) ?? []
  if (container === undefined || Number(container) > 65_535 || Number(host ?? 0) > 65_535)
    throw new StepFailure(`'${text}' under 'ports' of ${what} is not CONTAINER, HOST:CONTAINER, or one of these with /tcp or /udp.`)
  return { ...(host !== undefined && Number(host) > 0 && { host }), container, protocol: protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp' }
}

/** As `MountVolume` of GitHub's runner cuts it: `target`, `target:ro`, `source:target`, `source:target:ro`. */
function readVolume(text: string, what: string): Volume {
  const parts = text.trim().split(':')
  const mode = parts.length > 1 && /^(ro|rw)$/i.test(parts.at(-1) ?? '') ? parts.pop() : undefined
  const target = parts.pop() ?? ''
  const [source, ...more] = parts
  if (more.length > 0 || !target.startsWith('/') || /[\0,]/.test(target) || source === '')
    throw new StepFailure(`'${text}' under 'volumes' of ${what} is not TARGET, SOURCE:TARGET, or one of these with :ro.`)
  return { ...(source !== undefined && { source }), target, isReadOnly: mode?.toLowerCase() === 'ro' }
}

function listOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map((one) => textOf(one as Value)) : []
}

function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
