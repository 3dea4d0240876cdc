import { dirname, isAbsolute, join, relative } from 'node:path'
import { type ActionCall, type BuiltinAction, StepFailure } from './action-call.ts'

/** Of `actions/checkout` v4, as its README lists them. */
const inputs = {
  repository: '',
  ref: '',
  token: '',
  'ssh-key': '',
  'ssh-known-hosts': '',
  'ssh-strict': 'true',
  'ssh-user': 'git',
  'persist-credentials': 'true',
  path: '.',
  clean: 'true',
  filter: '',
  'sparse-checkout': '',
  'sparse-checkout-cone-mode': 'true',
  'fetch-depth': '1',
  'fetch-tags': 'false',
  'show-progress': 'true',
  lfs: 'false',
  submodules: 'false',
  'set-safe-directory': 'true',
  'github-server-url': '',
} as const

const headKey = 'plimsoll.checkout.header'

/** actions/checkout: fetches over HTTP with the run's token, as a step among others. */
export const checkout: BuiltinAction = {
  inputs,
  async main(call) {
    const { spec, sandbox } = call
    const wanted = await whatIsWanted(call)
    if ((await sandbox.files.find('git', call.env.get('PATH') ?? sandbox.path)) === undefined)
      throw new StepFailure(`actions/checkout needs git, and there is none ${sandbox.place}. Have the job run where there is one.`)
    const folder = join(sandbox.inside.workspace, call.input('path') || '.')
    const fromWorkspace = relative(sandbox.inside.workspace, folder)
    if (fromWorkspace.startsWith('..') || isAbsolute(fromWorkspace))
      throw new StepFailure(`Repository path '${call.input('path')}' is not under '${sandbox.inside.workspace}'.`)
    if (call.input('submodules') !== 'false' && call.input('submodules') !== '')
      throw new StepFailure('submodules are not fetched on this machine: their addresses come from the repository, and may name anything.')
    if (call.flag('lfs')) call.warn('Files in LFS are left as pointers: no LFS server is set up.')
    const token = call.input('token') || spec.token
    call.mask(token)
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
    const origin = new URL(wanted.url)
    const headerSetting = `http.${origin.protocol}//${origin.host}/.extraheader`
    const run = git(call, folder)

    if ((await call.exec(['mkdir', '-p', '--', folder], { isQuiet: true })) !== 0) throw new StepFailure(`'${folder}' cannot be made.`)
    if ((await run(['rev-parse', '--git-dir'], { isQuiet: true })) !== 0) {
      await must(run(['init', '--quiet', '--initial-branch=main', folder]), 'git init')
      await must(run(['remote', 'add', 'origin', wanted.url]), 'git remote add')
    } else {
      await must(run(['remote', 'set-url', 'origin', wanted.url]), 'git remote set-url')
      // Of a checkout before: where only a name is wanted, the fetch would prune it and then take it for up to date.
      await run(['update-ref', '-d', 'refs/plimsoll/wanted'], { isQuiet: true })
      if (call.flag('clean')) {
        await run(['clean', '-ffdx'])
        await run(['reset', '--hard', 'HEAD'], { isQuiet: true })
      }
    }
    // As GitHub's own: in the repository's configuration, which nobody but this job sees, and taken out again at its end.
    await must(run(['config', '--local', headerSetting, header], { isQuiet: true }), 'git config')
    call.state.set('folder', folder)
    call.state.set(headKey, headerSetting)
    const sparse = call.input('sparse-checkout')
    if (sparse !== '') {
      const mode = call.flag('sparse-checkout-cone-mode') ? '--cone' : '--no-cone'
      await must(run(['sparse-checkout', 'set', mode, '--stdin'], { input: Buffer.from(`${sparse}\n`) }), 'git sparse-checkout')
    }
    const depth = Number(call.input('fetch-depth'))
    const isWhole = !Number.isInteger(depth) || depth <= 0
    const filter = call.input('filter')
    const fetch = [
      'fetch',
      '--quiet',
      '--prune',
      '--no-recurse-submodules',
      ...(call.flag('fetch-tags') || isWhole ? ['--tags'] : ['--no-tags']),
      ...(filter === '' ? [] : [`--filter=${filter}`]),
      ...(isWhole ? [] : [`--depth=${depth}`]),
      'origin',
    ]
    await must(run([...fetch, ...wanted.refspecs(isWhole)]), 'git fetch')
    // As GitHub's own: of the branch what this run is about, wherever it is by now.
    if (isWhole && wanted.branch !== undefined && wanted.commit !== undefined)
      await must(run(['update-ref', `refs/remotes/origin/${wanted.branch}`, wanted.commit], { isQuiet: true }), 'git update-ref')
    const target = wanted.branch === undefined ? [wanted.commit ?? 'refs/plimsoll/wanted'] : ['-B', wanted.branch, wanted.commit ?? `refs/remotes/origin/${wanted.branch}`] // prettier-ignore
    await must(run(['checkout', '--quiet', '--force', ...(wanted.branch === undefined ? ['--detach'] : []), ...target]), 'git checkout')
    const { stdout } = await call.capture(gitCommand(folder, ['rev-parse', 'HEAD']))
    const commit = stdout.toString().trim()
    if (wanted.commit !== undefined && commit !== wanted.commit)
      throw new StepFailure(`${commit} is checked out, and not ${wanted.commit}.`)
    call.say(`HEAD is now at ${commit}`)
    call.setOutput('commit', commit)
    call.setOutput('ref', wanted.ref)
    if (!call.flag('persist-credentials')) await run(['config', '--local', '--unset-all', headerSetting], { isQuiet: true })
  },
  async post(call) {
    const folder = call.state.get('folder')
    const setting = call.state.get(headKey)
    if (folder === undefined || setting === undefined) return
    await git(call, folder)(['config', '--local', '--unset-all', setting], { isQuiet: true })
  },
}

interface Wanted {
  url: string
  ref: string
  commit?: string
  branch?: string
  refspecs(isWhole: boolean): string[]
}

async function whatIsWanted(call: ActionCall): Promise<Wanted> {
  const { spec } = call
  const repository = call.input('repository') || spec.repository
  const isOwn = repository === spec.repository
  let ref = call.input('ref')
  if (/[\s\0]|^-|\.\./.test(ref)) throw new StepFailure(`'${ref}' is not a ref.`)
  if (!isOwn && !/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)?$/.test(repository))
    throw new StepFailure(`'${repository}' is not the name of a repository.`)
  const elsewhere = isOwn ? undefined : await spec.connectedUrl?.(repository, call.input('github-server-url'))
  const url = isOwn ? spec.cloneUrl : (elsewhere ?? `${spec.stepsServerUrl}/git/${repository}.git`)
  if (spec.refusesHeads && isOwn && ref !== '') refuseHead(spec.event, ref)
  let commit: string | undefined
  if (ref === '' && isOwn) {
    commit = spec.commit
    ref = spec.ref
  } else if (/^[0-9a-f]{40}$/.test(ref)) {
    commit = ref
    ref = ''
  }
  const isBranch = ref.startsWith('refs/heads/')
  const everything = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
  if (isBranch || (ref !== '' && !ref.startsWith('refs/'))) {
    const branch = isBranch ? ref.slice('refs/heads/'.length) : ref
    // What is only a name may be a branch or a tag: the server knows.
    if (!isBranch) return { url, ref, refspecs: (isWhole) => [`+${branch}:refs/plimsoll/wanted`, ...(isWhole ? everything : [])] }
    return {
      url,
      ref,
      branch,
      ...(commit !== undefined && { commit }),
      refspecs: (isWhole) =>
        isWhole
          ? [...everything, ...(commit === undefined ? [] : [`+${commit}:refs/plimsoll/wanted`])]
          : [`+${commit ?? ref}:refs/remotes/origin/${branch}`],
    }
  }
  const source = commit ?? (ref === '' ? 'HEAD' : ref)
  return {
    url,
    ref,
    ...(commit !== undefined && { commit }),
    refspecs: (isWhole) => [`+${source}:refs/plimsoll/wanted`, ...(isWhole ? everything : [])],
  }
}

/** `pull_request_target` has secrets and a token that can write: the head is a stranger's, whatever it is called. */
function refuseHead(event: Record<string, unknown>, ref: string): void {
  const pull = event['pull_request'] as { head?: { sha?: unknown; ref?: unknown }; merge_commit_sha?: unknown } | undefined
  const isHead =
    /^(refs\/)?(pull|for|changes|merge-requests)\//.test(ref) ||
    [pull?.head?.sha, pull?.head?.ref, pull?.merge_commit_sha].some(
      (one) => typeof one === 'string' && one !== '' && (ref === one || ref === `refs/heads/${one}`),
    )
  if (isHead)
    throw new StepFailure(
      `'${ref}' is the head of the pull request. A run of pull_request_target holds what a stranger must not get, so it never checks that out.`,
    )
}

/** Nothing of the machine's configuration, no hooks. */
function gitCommand(folder: string, args: readonly string[]): string[] {
  return ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'protocol.ext.allow=never', '-c', 'safe.directory=*', '-C', folder, ...args]
}

function git(
  call: ActionCall,
  folder: string,
): (args: readonly string[], options?: { isQuiet?: boolean; input?: Buffer }) => Promise<number> {
  const env: [string, string][] = [
    ['GIT_TERMINAL_PROMPT', '0'],
    ['GIT_CONFIG_NOSYSTEM', '1'],
    ['GIT_ALLOW_PROTOCOL', 'http:https'],
    // A folder inside another checkout is none of it.
    ['GIT_CEILING_DIRECTORIES', dirname(folder)],
  ]
  return (args, options = {}) => call.exec(gitCommand(folder, args), { env, ...options })
}

async function must(code: Promise<number>, what: string): Promise<void> {
  const found = await code
  if (found !== 0) throw new StepFailure(`${what} failed with exit code ${found}.`)
}
