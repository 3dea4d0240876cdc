import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { membersOfSession } from './identity.ts'

/** proc(5), tcp: state 0A is LISTEN. */
const listening = '0A'

/**
 * The TCP ports that the processes of one session listen on. Empty where there is no `/proc`.
 * Costs a pass over `/proc`: for rare questions, not for every request.
 */
export function listeningPorts(leader: number): Set<number> {
  const ports = new Set<number>()
  const inodes = new Set(membersOfSession(leader).flatMap(socketsOf))
  if (inodes.size === 0) return ports
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string
    try {
      text = readFileSync(table, 'latin1')
    } catch {
      continue
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      const [, local, , state] = fields
      if (state === listening && local !== undefined && inodes.has(fields[9] ?? ''))
        ports.add(Number.parseInt(local.slice(local.indexOf(':') + 1), 16))
    }
  }
  return ports
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))
        return match?.[1] === undefined ? [] : [match[1]]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
