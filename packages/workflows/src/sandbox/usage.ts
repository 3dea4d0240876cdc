import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  processes: number
  memoryBytes: number
}

const pageBytes = 4096

/** Of a namespace of processes, by the first one in it, as its own `/proc` shows it: that lists nothing else. Undefined when it is gone. */
export function usageOf(init: number): Usage | undefined {
  try {
    const folder = `/proc/${init}/root/proc`
    let memoryBytes = 0
    let processes = 0
    for (const name of readdirSync(folder)) {
      if (!/^\d+$/.test(name)) continue
      try {
        memoryBytes += Number(readFileSync(`${folder}/${name}/statm`, 'latin1').split(' ')[1]) * pageBytes
        processes++
      } catch {
        // It has ended meanwhile.
      }
    }
    return { processes, memoryBytes }
  } catch {
    return undefined
  }
}
