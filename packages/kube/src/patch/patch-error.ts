/**
 * A patch cannot be applied. `malformed`: it is no patch at all (HTTP 400); `notApplicable`: it does not fit the object,
 * or one of its tests failed (HTTP 422).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError'
  readonly reason: 'malformed' | 'notApplicable'

  constructor(reason: 'malformed' | 'notApplicable', message: string) {
    super(message)
    this.reason = reason
  }
}
