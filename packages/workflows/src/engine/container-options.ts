import { StepFailure } from '../actions/action-call.ts'
import { wordsOf } from './words.ts'

/** What `options` of a container may say: how it behaves inside, and nothing of what it sees of the machine or of the network. All others are refused. */
const withValue = new Set([
  '--add-host', '--blkio-weight', '--cap-drop', '--cpu-period', '--cpu-quota', '--cpu-shares', '--cpus', '--cpuset-cpus', '--dns', '--dns-option', '--dns-search', '--env', '--expose',
  '--health-cmd', '--health-interval', '--health-retries', '--health-start-period', '--health-timeout', '--hostname', '--memory', '--memory-reservation', '--memory-swap', '--name',
  '--network-alias', '--shm-size', '--stop-signal', '--stop-timeout', '--tmpfs', '--ulimit', '--user', '--workdir',
]) // prettier-ignore
const switches = new Set(['--init', '--interactive', '--no-healthcheck', '--read-only', '--tty'])
const short: Readonly<Record<string, string>> = {
  '-c': '--cpu-shares',
  '-e': '--env',
  '-h': '--hostname',
  '-i': '--interactive',
  '-m': '--memory',
  '-t': '--tty',
  '-u': '--user',
  '-w': '--workdir',
}

/** Why it is refused, for those that people try. */
const reasons: Readonly<Record<string, string>> = {
  '--network': 'the job has a network of its own',
  '--net': 'the job has a network of its own',
  '--entrypoint': "a service says it by 'entrypoint'",
  '--publish': "write it under 'ports'",
  '-p': "write it under 'ports'",
  '--publish-all': "write them under 'ports'",
  '--volume': "write it under 'volumes'",
  '-v': "write it under 'volumes'",
  '--mount': "write it under 'volumes'",
  '--restart': 'what ends in a job has ended',
}

export interface ContainerOptions {
  /** For the engine, checked. */
  argv: string[]
  env: Map<string, string>
  aliases: string[]
}

/** Throws `StepFailure` with the name of the first option that is not allowed. */
export function readOptions(text: string, what: string, limits: { memoryBytes: number }): ContainerOptions {
  const words = wordsOf(text)
  if (!words) throw new StepFailure(`'options' of ${what}: a quote is not closed.`)
  const found: ContainerOptions = { argv: [], env: new Map(), aliases: [] }
  for (let at = 0; at < words.length; at++) {
    const [written = '', ...rest] = (words[at] ?? '').split('=')
    const { name, glued } = nameOf(written)
    if (switches.has(name) && glued === undefined) {
      const value = rest.join('=')
      if (rest.length > 0 && value !== 'true' && value !== 'false')
        throw new StepFailure(`'options' of ${what}: '${name}' is true or false, not '${value}'.`)
      if (value !== 'false') found.argv.push(name)
      continue
    }
    if (!withValue.has(name)) {
      const reason = reasons[written] ?? 'it is not one of those that leave a container within its job'
      throw new StepFailure(`'options' of ${what}: '${written}' is not allowed, because ${reason}.`)
    }
    const value = glued !== undefined ? [glued, ...rest].join('=') : rest.length > 0 ? rest.join('=') : words[++at]
    if (value === undefined) throw new StepFailure(`'options' of ${what}: '${written}' has no value.`)
    take(found, name, value, what, limits)
  }
  return found
}

/** `-m512m` is `-m 512m`, of those with one letter. */
function nameOf(written: string): { name: string; glued?: string } {
  if (written.startsWith('--') || written.length < 2) return { name: written }
  const name = short[written.slice(0, 2)] ?? written
  return written.length === 2 || !withValue.has(name) ? { name: short[written] ?? written } : { name, glued: written.slice(2) }
}

function take(found: ContainerOptions, name: string, value: string, what: string, limits: { memoryBytes: number }): void {
  switch (name) {
    case '--env': {
      const equals = value.indexOf('=')
      // Without a value it would be taken from the environment of the server.
      if (equals <= 0) throw new StepFailure(`'options' of ${what}: '--env ${value}' has no value. Write NAME=VALUE.`)
      found.env.set(value.slice(0, equals), value.slice(equals + 1))
      return
    }
    case '--name':
    case '--network-alias':
      // Names are the engine's: another job may use the same at the same time. On the job's own network it is known by it all the same.
      if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/.test(value)) throw new StepFailure(`'options' of ${what}: '${name} ${value}' is no name.`)
      found.aliases.push(value)
      return
    case '--memory':
      if (bytesOf(value) > limits.memoryBytes)
        throw new StepFailure(`'options' of ${what}: '--memory ${value}' is more than a job may use (${limits.memoryBytes} bytes).`)
      break
    case '--memory-swap':
      if (value === '-1') throw new StepFailure(`'options' of ${what}: '--memory-swap -1' is without a limit, and that is not allowed.`)
  }
  found.argv.push(`${name}=${value}`)
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** As engines read it. What is none of that is theirs to refuse. */
function bytesOf(text: string): number {
  const [, digits = '0', unit = ''] = /^([\d.]+)\s*([bkmgt]?)(i?b)?$/i.exec(text) ?? []
  return Number(digits) * (units[unit.toLowerCase()] ?? 1)
}
