import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { findExecutable, ProcessStartError } from '@plimsoll/processes'
import type { TerminalSize } from '../contract.ts'

/**
 * The words that run a command in a terminal of its own, undefined where there is no program for it. `script` of util-linux takes its command
 * as one text for a shell: each word goes in single quotes, inside of which a shell reads nothing.
 */
export function inTerminal(words: readonly string[]): string[] | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const script = findExecutable('script', '/usr/bin:/bin', '/')
    return [script, '-qefc', `exec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`, '/dev/null']
  } catch (error) {
    if (error instanceof ProcessStartError) return undefined
    throw error
  }
}

/** A client tells its size as soon as it is connected; the terminal may be there a moment later. */
const looks = 20
const lookEveryMs = 50
const mostGenerations = 5

/** Tells the terminal below `leader` its size. Where there is none, nothing happens. */
export function resizeTerminal(leader: number, size: TerminalSize, look = 0): void {
  const terminal = terminalBelow(leader, 0)
  if (terminal === undefined) {
    if (look < looks) setTimeout(() => resizeTerminal(leader, size, look + 1), lookEveryMs).unref()
    return
  }
  const within = (value: number): string => String(Math.min(Math.max(Math.trunc(value) || 0, 0), 10_000))
  const stty = spawn('stty', ['-F', terminal, 'columns', within(size.columns), 'rows', within(size.rows)], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: 'ignore',
  })
  stty.on('error', () => undefined)
}

function terminalBelow(pid: number, generation: number): string | undefined {
  if (generation > mostGenerations) return undefined
  try {
    const input = generation === 0 ? '' : readlinkSync(`/proc/${pid}/fd/0`)
    if (/^\/dev\/pts\/\d+$/.test(input)) return input
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    if (children === '') return undefined
    for (const child of children.split(' ')) {
      const found = terminalBelow(Number(child), generation + 1)
      if (found !== undefined) return found
    }
  } catch {
    // It has just ended.
  }
  return undefined
}
