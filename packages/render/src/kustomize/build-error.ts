import { RenderError } from '../engine/tree.ts'

/** A file that cannot be read as YAML: nobody asks then whether its path means a folder. */
export class MalformedYaml extends RenderError {}

/** Puts what was being done before an error's message, as Go's tools wrap theirs. */
export function during<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (error instanceof RenderError) throw reworded(error, `${what}: ${error.message}`)
    throw error
  }
}

/** The same error in other words. */
export function reworded(error: RenderError, message: string): RenderError {
  const Kind = error instanceof MalformedYaml ? MalformedYaml : RenderError
  return new Kind(message, { remedy: error.remedy, code: error.code, ...(error.at && { at: error.at }) })
}
