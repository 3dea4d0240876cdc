import { RenderError } from '../engine/tree.ts'
import { fromBytes } from '../go/value.ts'
import { YamlError } from '../yaml/index.ts'

/** What is wrong although it could be read: told as it is, whatever was being done. */
export class ValidationFailure extends RenderError {}

/** Puts what was being done before the words of an error, as Go's programs wrap theirs. */
export function within<Result>(what: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof ValidationFailure) throw error
    if (error instanceof RenderError) throw new RenderError(`${what}: ${error.message}`, { remedy: error.remedy })
    if (error instanceof YamlError) throw new RenderError(`${what}: ${fromBytes(error.message)}`)
    throw error
  }
}
