import { JqError } from './error.ts'
import type { JqValue } from './value.ts'

/**
 * A compiled piece of a program: given an input it says each output to `emit`. `path` is how the input was reached, where somebody asks for it
 * (`path(f)`); undefined: nobody does.
 */
export type Run = (input: JqValue, path: Path | undefined, frame: Frame | undefined, emit: Emit) => void
export type Emit = (value: JqValue, path: Path | undefined) => void

/** The way from the input of `path(f)` to a value. `value` is what stands there: steps may only be made from it. */
export interface Path {
  parent: Path | undefined
  key: JqValue
  value: JqValue
}

/** One name that is bound: a variable's value, or a parameter's program with the names that it sees. */
export interface Frame {
  parent: Frame | undefined
  value: JqValue
  run: Run | undefined
  frame: Frame | undefined
}

export function withValue(parent: Frame | undefined, value: JqValue): Frame {
  return { parent, value, run: undefined, frame: undefined }
}

export function withProgram(parent: Frame | undefined, run: Run, frame: Frame | undefined): Frame {
  return { parent, value: null, run, frame }
}

export function outerFrame(frame: Frame | undefined, distance: number): Frame | undefined {
  let found = frame
  for (let step = 0; step < distance; step++) found = found?.parent
  return found
}

export function rootPath(value: JqValue): Path {
  return { parent: undefined, key: null, value }
}

export function keysOf(path: Path): JqValue[] {
  const keys: JqValue[] = []
  for (let step = path; step.parent; step = step.parent) keys.push(step.key)
  return keys.reverse()
}

/** `path(.a | 1)`: from a value that was made, and not reached, no path leads on. A scalar counts by what it is. */
export function checkIntact(path: Path | undefined, value: JqValue): void {
  if (path && !Object.is(path.value, value) && path.value !== value)
    throw new JqError('invalid path: it leads through a value that was made')
}

/** Ends a `label`: thrown by its `break`. */
export class Break {
  readonly label: object

  constructor(label: object) {
    this.label = label
  }
}

/** Wraps what was thrown behind a `try`, by those who take its outputs: that is not the try's to catch. */
export class Downstream {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    this.thrown = thrown
  }
}
