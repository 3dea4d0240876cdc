/** What a program raises, and `try` may catch. `thrown`: the value that `error(VALUE)` was given; else the message itself. */
export class JqError extends Error {
  readonly thrown: unknown

  constructor(message: string, thrown: unknown = message) {
    super(message)
    this.thrown = thrown
  }
}

/** The program was ended: it took too long, or too much. No `try` catches it. */
export class JqStopped extends Error {}

/** The text is no program. `at`: where in it, from 0. */
export class JqSyntaxError extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
