import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'

/** What of this machine a step may see, all of it read-only. */
export interface VisibleFiles {
  /** Folders and files, shown where they are. */
  binds: string[]
  /** Links at the root, such as `/bin`. */
  links: { path: string; target: string }[]
  /** Value of PATH. */
  path: string
  /** Folders inside `binds` that are hidden again. */
  hidden: string[]
}

const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix/store', '/snap']

/** Of `/etc` what programs need to run; not `shadow`, keys, or what belongs to services. */
const settings = [
  'alternatives', 'ca-certificates', 'ca-certificates.conf', 'crypto-policies', 'debian_version', 'fonts', 'gai.conf', 'hosts', 'inputrc', 'ld.so.cache',
  'ld.so.conf', 'ld.so.conf.d', 'localtime', 'locale.alias', 'lsb-release', 'magic', 'mime.types', 'nsswitch.conf', 'os-release', 'perl', 'pip.conf',
  'pki', 'profile', 'protocols', 'resolv.conf', 'services', 'ssl/certs', 'ssl/openssl.cnf', 'terminfo', 'timezone',
].map((name) => `/etc/${name}`) // prettier-ignore

/** Folders below a home that hold programs of one language and nothing personal. What else is in a PATH is shown without its neighbours. */
const toolchains = [
  '.pyenv',
  '.nvm',
  '.rbenv',
  '.volta',
  '.fnm',
  '.asdf',
  '.bun',
  '.deno',
  '.local/share/uv',
  '.rustup/toolchains',
  '.sdkman',
]
const notForJobs = /(^|\/)node_modules\/|node-gyp-bin/

/**
 * `searchPath`: the server's PATH. `secretFolders`: the server's data and whatever else must not be seen even where a system folder holds it.
 * `further`: what the operator adds.
 */
export function visibleFiles(searchPath: string, secretFolders: readonly string[], further: readonly string[] = []): VisibleFiles {
  const binds = new Set<string>()
  const links: VisibleFiles['links'] = []
  for (const folder of systemFolders) {
    if (!existsSync(folder)) continue
    if (lstatSync(folder).isSymbolicLink()) links.push({ path: folder, target: readlinkSync(folder) })
    else binds.add(folder)
  }
  for (const file of settings) if (existsSync(file)) binds.add(file)
  const homes = [...new Set([homedir(), process.env['HOME'] ?? homedir()])]
  const path: string[] = []
  // The Node.js that runs us runs steps as well.
  for (const entry of [...searchPath.split(':'), dirname(process.execPath)]) {
    if (!entry.startsWith('/') || notForJobs.test(entry) || path.includes(entry) || !isFolder(entry)) continue
    path.push(entry)
    for (const shown of folderToShow(entry, homes)) binds.add(shown)
  }
  for (const home of homes) {
    for (const toolchain of toolchains) if (isFolder(join(home, toolchain))) binds.add(join(home, toolchain))
  }
  for (const one of further) if (existsSync(one)) binds.add(resolve(one))
  const outermost = [...binds].filter((one) => ![...binds].some((other) => other !== one && isWithin(one, other)))
  return {
    binds: outermost.filter((one) => !secretFolders.some((secret) => isWithin(one, secret))).toSorted(),
    links,
    path: path.join(':'),
    hidden: secretFolders.filter((secret) => outermost.some((one) => isWithin(secret, one)) && existsSync(secret)),
  }
}

function folderToShow(entry: string, homes: readonly string[]): string[] {
  const shown: string[] = []
  // A PATH may name a link: both where it is and what it leads to are needed.
  for (const folder of new Set([entry, realpathSync(entry)])) {
    if (systemFolders.some((system) => isWithin(folder, system))) continue
    const parent = dirname(folder)
    const isBelowHome = homes.some((home) => isWithin(folder, home) || isWithin(home, parent))
    const chain = homes.flatMap((home) => toolchains.map((name) => join(home, name))).find((one) => isWithin(folder, one))
    if (chain !== undefined) shown.push(chain)
    else if (isBelowHome || parent === '/' || !/\/(bin|sbin|shims)$/.test(folder)) shown.push(folder)
    // `lib` and `share` of a program that was installed into a folder of its own.
    else shown.push(parent)
  }
  return shown
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].filter((name) => existsSync(`/dev/${name}`))

/** An empty tree to mount on: one serves every job, because each mounts it read-only in a namespace of its own. */
export function buildSkeleton(root: string, visible: VisibleFiles): void {
  const folders = [
    'etc',
    'proc',
    'dev/shm',
    'tmp',
    'var/tmp',
    'run',
    'home/runner',
    'github/home',
    'github/workflow',
    'actions',
    '__w',
    '__t',
    '.plimsoll',
  ]
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true, mode: 0o755 })
  for (const { path, target } of visible.links) link(target, join(root, path))
  for (const one of visible.binds) makeMountPoint(one, join(root, one))
  for (const name of devices) makeMountPoint(`/dev/${name}`, join(root, 'dev', name))
  link('/proc/self/fd', join(root, 'dev/fd'))
  for (const [at, name] of ['stdin', 'stdout', 'stderr'].entries()) link(`/proc/self/fd/${at}`, join(root, 'dev', name))
  link('/tmp', join(root, 'var/tmp/job'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/usr/sbin/nologin\nrunner:x:1001:1001:runner:/home/runner:/bin/bash\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nrunner:x:1001:\n')
  writeFileSync(join(root, 'etc/hostname'), 'plimsoll\n')
}

function link(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path)
}

function makeMountPoint(source: string, path: string): void {
  if (statSync(source).isDirectory()) mkdirSync(path, { recursive: true, mode: 0o755 })
  else {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    if (!existsSync(path)) writeFileSync(path, '')
  }
}

function coveredBy(visible: VisibleFiles, job: readonly { from: string; to: string }[]): { path: string; at: string }[] {
  return visible.binds.flatMap((path) => {
    const owner = job.filter(({ to }) => isWithin(path, to)).toSorted((a, b) => b.to.length - a.to.length)[0]
    return owner ? [{ path, at: owner.from + path.slice(owner.to.length) }] : []
  })
}

/** Places in a job's own folders for what is shown on top of them. */
export function makeCoveredPoints(visible: VisibleFiles, job: readonly { from: string; to: string }[]): void {
  for (const { path, at } of coveredBy(visible, job)) makeMountPoint(path, at)
}

/** Lines of an fstab(5) for `mount --all`, which makes them all in one go. */
export function mountTable(root: string, visible: VisibleFiles, job: { from: string; to: string; isReadOnly?: boolean }[]): string {
  const mounts = readMounts()
  const bind = (from: string, to: string, options: string) => [from, to, 'none', [options, ...flagsToKeep(mounts, from)].join(',')]
  const show = (shown: readonly string[]) => [
    ...shown.map((one) => bind(one, root + one, 'rbind,ro,nosuid')),
    // What is mounted below came along, and is not read-only by its parent's being so.
    ...shown.flatMap((one) =>
      mounts.filter(({ at }) => at !== one && isWithin(at, one)).map(({ at }) => bind(root + at, root + at, 'bind,ro,nosuid')),
    ),
    ...visible.hidden
      .filter((one) => shown.some((folder) => isWithin(one, folder)))
      .map((one) => ['tmpfs', root + one, 'tmpfs', 'ro,nosuid,nodev,size=4k']),
  ]
  // What lies in a place that the job has for its own, such as a clone in /tmp, is shown on top of that.
  const covered = coveredBy(visible, job)
  const lines = [
    bind(root, root, 'bind,ro,nosuid'),
    ...show(visible.binds.filter((one) => !covered.some(({ path }) => path === one))),
    ...devices.map((name) => [`/dev/${name}`, `${root}/dev/${name}`, 'none', 'bind']),
    ['tmpfs', `${root}/dev/shm`, 'tmpfs', 'nosuid,nodev,mode=1777,size=256m'],
    ...job.map(({ from, to, isReadOnly }) => bind(from, root + to, isReadOnly ? 'bind,ro,nosuid,nodev' : 'bind,nosuid,nodev')),
    ...show(covered.map(({ path }) => path)),
    ['proc', `${root}/proc`, 'proc', 'nosuid,nodev,noexec'],
  ]
  return lines.map((words) => `${words.map(escapeField).join(' ')} 0 0\n`).join('')
}

/** fstab(5): a space is `\040`. */
function escapeField(text: string): string {
  return text.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

interface Mount {
  at: string
  options: string[]
}

/** proc_pid_mountinfo(5). */
function readMounts(): Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map((words) => ({
      at: (words[4] ?? '').replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
      options: (words[5] ?? '').split(','),
    }))
}

/** A namespace of fewer rights may not take these off (mount_namespaces(7), "Restrictions on mount namespaces"), and `mount` names all that shall be. */
function flagsToKeep(mounts: readonly Mount[], path: string): string[] {
  const holder = mounts.filter(({ at }) => isWithin(path, at)).toSorted((a, b) => b.at.length - a.at.length)[0]
  return (holder?.options ?? []).filter((option) => /^(nosuid|nodev|noexec|noatime|nodiratime)$/.test(option))
}
