import { posix } from 'node:path'
import { load } from 'js-yaml'
import { PlimsollError } from '@plimsoll/api'
import { readPipeline, type PipelineOutputs } from './dvc-pipeline.ts'

/** One file or folder that DVC keeps, as a `.dvc` file or `dvc.lock` names it (DVC 2 and 3). */
export interface DvcOutput {
  /** From the folder of the file that names it; what `wdir` says is in it, so it may begin with `..`. */
  path: string
  /** 32 hex digits; of a folder with `.dir` behind them. */
  md5: string
  size?: number
  /** DVC 2 kept texts under the digest of what they are with Unix line ends, and in another place. */
  isLegacy: boolean
  /** The remote that it is kept in, where that is not the usual one. */
  remote?: string
  /** `push: false`: whoever has it keeps it to themselves. */
  isPrivate?: true
  /** `dvc import`: it comes from another repository, and is not pushed from this one. */
  isImported?: true
}

const md5 = /^[0-9a-f]{32}(\.dir)?$/
const maxOutputs = 100_000

/** What a `.dvc` file keeps. Throws `invalid-request`. */
export function readDvcFile(name: string, text: string): DvcOutput[] {
  const { outs, wdir, deps } = parse(name, text) as { outs?: unknown; wdir?: unknown; deps?: unknown }
  const isImported = Array.isArray(deps) && deps.some((dep) => typeof dep === 'object' && dep !== null && 'repo' in dep)
  return outputsOf(name, outs, folderOf(name, wdir)).map((output) => (isImported ? { ...output, isImported } : output))
}

/**
 * What the stages of a `dvc.lock` have made. The `dvc.yaml` beside it says which of that is kept in Git (`cache: false`), is not pushed, or lies in
 * another folder (`wdir`): the lock has none of it.
 */
export function readDvcLock(name: string, text: string, pipelineText?: string): DvcOutput[] {
  const lock = parse(name, text) as { stages?: unknown; schema?: unknown }
  // DVC 1 had the stages by themselves.
  const stages = lock.stages ?? (lock.schema === undefined ? lock : undefined)
  if (typeof stages !== 'object' || stages === null) return []
  const pipeline = pipelineText === undefined ? undefined : readPipeline(parse(name.replace(/lock$/, 'yaml'), pipelineText))
  return Object.entries(stages).flatMap(([stage, value]) => {
    const declared: PipelineOutputs | undefined = pipeline?.(stage)
    const where = `${name}: ${stage}`
    const outputs = outputsOf(where, (value as { outs?: unknown } | null)?.outs, folderOf(where, declared?.wdir))
    return outputs.flatMap((output) => {
      const flags = declared?.flagsOf(
        declared.wdir === undefined ? output.path : posix.relative(folderOf(where, declared.wdir), output.path),
      )
      if (flags?.cache === false) return []
      return {
        ...output,
        ...(typeof flags?.remote === 'string' && { remote: flags.remote }),
        ...(flags?.push === false && { isPrivate: true as const }),
      }
    })
  })
}

/** Where a remote keeps content, below its address. */
export function remotePath({ md5: digest, isLegacy }: Pick<DvcOutput, 'md5' | 'isLegacy'>): string {
  const place = `${digest.slice(0, 2)}/${digest.slice(2)}`
  return isLegacy ? place : `files/md5/${place}`
}

function outputsOf(name: string, outs: unknown, folder: string): DvcOutput[] {
  if (outs === undefined || outs === null) return []
  if (!Array.isArray(outs)) throw refused(name, "'outs' is no list")
  if (outs.length > maxOutputs) throw refused(name, `it has ${outs.length} outputs; at most ${maxOutputs} are read`)
  return outs.flatMap((out) => {
    const { path, md5: digest, size, hash, cache, remote, push } = (out ?? {}) as Record<string, unknown>
    // Kept in Git, by the user's own choice.
    if (cache === false || digest === undefined) return []
    if (typeof path !== 'string' || !isInside(path)) throw refused(name, `'${String(path).slice(0, 100)}' is no path below its folder`)
    if (typeof digest !== 'string' || !md5.test(digest)) throw refused(name, `the md5 of '${path}' is no md5`)
    return [
      {
        path: folder === '' ? path : posix.join(folder, path),
        md5: digest,
        ...(typeof size === 'number' && { size }),
        isLegacy: hash !== 'md5',
        ...(typeof remote === 'string' && { remote }),
        ...(push === false && { isPrivate: true as const }),
      },
    ]
  })
}

/** Of `wdir`; empty for the folder that the file is in. */
function folderOf(name: string, wdir: unknown): string {
  if (wdir === undefined || wdir === null || wdir === '.' || wdir === './') return ''
  if (typeof wdir !== 'string' || wdir.startsWith('/') || wdir.length > 4096 || wdir.includes('\\') || wdir.includes('\0'))
    throw refused(name, `wdir ${JSON.stringify(wdir)?.slice(0, 100)} is no folder of the repository`)
  if (wdir.includes('${')) throw refused(name, `only DVC itself can tell which folder wdir '${wdir.slice(0, 100)}' is`)
  if (wdir.split('/').some(isOfTools)) throw refused(name, `wdir '${wdir.slice(0, 100)}' is no place for data`)
  return posix.normalize(wdir).replace(/\/$/, '')
}

export function parse(name: string, text: string): object {
  let value: unknown
  try {
    value = load(text)
  } catch (error) {
    throw refused(name, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  }
  if (typeof value !== 'object' || value === null) throw refused(name, 'it is empty')
  return value
}

export function isInside(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (path === '' || path.length > 4096 || path.startsWith('/') || /[\u0000-\u001f\\]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '..' && !isOfTools(part))
}

/** What Git and DVC run and trust lies there (hooks, settings): nobody's data do. File systems may know no letter case. */
function isOfTools(part: string): boolean {
  return /^\.(git|dvc|hg)$/i.test(part)
}

export function refused(name: string, why: string): PlimsollError {
  return new PlimsollError('invalid-request', `${name} cannot be read: ${why}.`)
}
