import { PlimsollError } from '@plimsoll/api'

/** What is meant, and which file or folder of it: `path` has no slash at its ends, and is empty for all of it. */
export type MlflowReference =
  | { kind: 'run'; runId: string; path: string }
  | { kind: 'version'; name: string; version: string; path: string }
  | { kind: 'alias'; name: string; alias: string; path: string }
  /** A model that a run of MLflow 3 has logged. */
  | { kind: 'model'; modelId: string; path: string }

export function isMlflowReference(text: string): boolean {
  return /^(mlflow:|models:\/|runs:\/)/.test(text)
}

/**
 * `mlflow:RUN_ID[/PATH]` (also `runs:/RUN_ID/PATH`, as MLflow has it), `models:/NAME/VERSION[/PATH]`, `models:/NAME@ALIAS[/PATH]`, `models:/m-ID[/PATH]`.
 * A VERSION is a number, `latest`, or a stage. Names may be percent-encoded. Throws `invalid-request`.
 */
export function readMlflowReference(text: string): MlflowReference {
  const [, scheme, rest = ''] = /^(mlflow|runs|models):\/*(.*)$/s.exec(text) ?? []
  const [first = '', second, ...others] = rest.split('/').map((part) => decoded(part, text))
  const pathOf = (parts: readonly (string | undefined)[]): string => {
    const path = parts.filter((part) => part !== undefined && part !== '').join('/')
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (path.length > 1024 || /[\u0000-\u001f\u007f\\]/.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
      throw refused(text, `'${path.slice(0, 100)}' is no path inside of it`)
    return path
  }
  if (scheme === 'models') {
    const at = first.lastIndexOf('@')
    if (at > 0 && at < first.length - 1)
      return { kind: 'alias', name: first.slice(0, at), alias: first.slice(at + 1), path: pathOf([second, ...others]) }
    if (/^m-[0-9a-f]{32}$/.test(first)) return { kind: 'model', modelId: first, path: pathOf([second, ...others]) }
    if (first !== '' && second !== undefined && second !== '')
      return { kind: 'version', name: first, version: second, path: pathOf(others) }
  } else if (scheme !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(first))
    return { kind: 'run', runId: first, path: pathOf([second, ...others]) }
  throw refused(text, 'it is neither mlflow:RUN_ID nor models:/NAME/VERSION nor models:/NAME@ALIAS')
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused(text, `'${part.slice(0, 100)}' is not percent-encoded as it should be`)
  }
}

export function refused(what: string, why: string, remedy?: string): PlimsollError {
  return new PlimsollError('invalid-request', `${what.slice(0, 300)}: ${why}.`, { ...(remedy !== undefined && { remedy }) })
}
