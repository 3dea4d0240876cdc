import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = `
  import { collectGarbageAfterBursts } from ${JSON.stringify(fileURLToPath(new URL('../dist/index.js', import.meta.url)))}
  collectGarbageAfterBursts({ lookEveryMs: 100, burstMs: 100 })
  const burst = () => {
    let held = Array.from({ length: 400_000 }, (_, index) => ({ index, text: 'x' + index }))
    const busyUntil = performance.now() + 600
    while (performance.now() < busyUntil) held[0].index++
    return process.memoryUsage().heapUsed
  }
  let [before, looks] = [burst(), 0]
  const timer = setInterval(() => {
    if (process.memoryUsage().heapUsed > before / 4) {
      // On a machine that is busy with others it was not enough of a burst.
      if (++looks % 20 === 0) before = burst()
      return
    }
    clearInterval(timer)
    console.log('given back')
  }, 100)
`

describe('after a burst of work', () => {
  it('gives its memory back soon, and the process goes on', async () => {
    const child = spawn(process.execPath, ['--no-memory-reducer', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))

    const [code] = (await once(child, 'exit')) as [number | null]

    expect({ code, output }).toEqual({ code: 0, output: 'given back\n' })
  })
})
