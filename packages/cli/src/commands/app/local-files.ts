import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { CommandFailure } from '../../exit-code.ts'
import { localRoot } from '../render/local-root.ts'

interface LocalFiles {
  /** The folder that the source stands for, from the root. */
  path: string
  files: { path: string; content: string }[]
}

const maxFiles = 5_000
const maxBytes = 30 * 1024 * 1024

/**
 * A folder and everything around it that its manifests may refer to: the repository that it lies in, without what Git ignores. Links are
 * followed by nobody: what they lead to inside the repository is there under its own name.
 */
export async function localFiles(folder: string, repositoryRoot?: string): Promise<LocalFiles> {
  const found = localRoot(folder)
  const root = repositoryRoot === undefined ? found.root : realpathSync(repositoryRoot)
  const path = relative(root, realpathSync(folder)).split(sep).join('/')
  if (path.startsWith('..'))
    throw new CommandFailure(`${folder} is not inside of ${root}.`, { remedy: 'Give a --local-repo-root around it.' })
  const files: LocalFiles['files'] = []
  let bytes = 0
  for (const name of namesIn(root)) {
    const file = join(root, name)
    const info = lstatSync(file, { throwIfNoEntry: false })
    if (!info?.isFile()) continue
    bytes += info.size
    if (files.length >= maxFiles || bytes > maxBytes) {
      throw new CommandFailure(`${root} holds more than ${maxFiles} files or ${maxBytes / 1024 / 1024} MB.`, {
        remedy: 'Give a --local-repo-root that holds no more than the manifests need, or push to a branch and plan with --revision.',
      })
    }
    files.push({ path: name.split(sep).join('/'), content: readFileSync(file).toString('base64') })
  }
  return { path, files }
}

function namesIn(root: string): string[] {
  try {
    const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return listed.toString('utf8').split('\0').filter(Boolean)
  } catch {
    return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !name.split(sep).includes('.git'))
  }
}
