import { JqError, JqStopped } from './error.ts'
import { type JqValue, maxItems, maxText } from './value.ts'

/** How many steps lie between two looks at the clock. */
const stepsPerLook = 4096

/** What one program runs on: it counts steps and ends what goes on for too long. Programs of one machine run one at a time. */
export class Machine {
  #steps = 0
  #deadline = Number.POSITIVE_INFINITY

  /** Milliseconds from now. */
  start(timeoutMs: number): void {
    this.#steps = 0
    this.#deadline = performance.now() + timeoutMs
  }

  /** Called at least once for whatever can be repeated without end. */
  step(): void {
    if (++this.#steps % stepsPerLook === 0 && performance.now() > this.#deadline) throw new JqStopped('it ran for too long')
  }

  collect(list: JqValue[], item: JqValue): void {
    this.step()
    if (list.length >= maxItems) throw new JqStopped(`it made a list of more than ${maxItems} items`)
    list.push(item)
  }
}

export function checkedText(text: string): string {
  if (text.length > maxText) throw new JqError('the text is too long')
  return text
}

export function checkedList<T>(list: T[]): T[] {
  if (list.length > maxItems) throw new JqError(`a list has more than ${maxItems} items`)
  return list
}
