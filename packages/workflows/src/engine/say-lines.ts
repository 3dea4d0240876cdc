import type { Readable } from 'node:stream'

/** A promise: nothing more is read until it resolves. */
export type SayLine = (line: string) => Promise<void> | undefined

const longestLine = 16_000

/** What a command of the engine prints, line by line. Progress is drawn over itself: each picture is a line. */
export function sayLines(streams: readonly (Readable | null)[], say: SayLine): void {
  for (const stream of streams) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split(/[\r\n]+/)
      rest = (lines.pop() ?? '').slice(-longestLine)
      const said = lines.filter((line) => line.trim() !== '').map((line) => say(line.slice(0, longestLine)))
      const waiting = said.filter((one) => one !== undefined)
      if (waiting.length === 0) return
      stream.pause()
      void Promise.all(waiting).then(() => stream.resume())
    })
    stream?.on('close', () => rest.trim() !== '' && void say(rest))
  }
}
