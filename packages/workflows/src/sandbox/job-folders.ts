import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JobFolders } from './sandbox.ts'

/** Whose files steps see around their own: those of this machine, or those of an image. GitHub's runner has other places for each. */
export type Layout = 'machine' | 'image'

/** A folder of this machine, and where steps see it. */
export interface Bind {
  from: string
  to: string
  isReadOnly?: boolean
}

const inside = {
  machine: {
    work: '/home/runner/work',
    home: '/home/runner',
    toolCache: '/home/runner/work/_tool',
    commands: '/github',
    actions: '/actions',
  },
  // `MountWellKnownDirectories` in `ContainerOperationProvider` of GitHub's runner.
  image: { work: '/__w', home: '/github/home', toolCache: '/__t', commands: '/github/workflow', actions: '/__w/_actions' },
} as const

export function insideFolders(layout: Layout, name: string): JobFolders {
  const { work, ...own } = inside[layout]
  return { ...own, workspace: join(work, name, name), temp: join(work, '_temp') }
}

/**
 * Each is right below the job's own folder, which steps do not see: none can put a link in the place of one, for the server or an engine to follow. But for
 * the tool cache, which ordinary steps have in their home.
 */
export function outsideFolders(layout: Layout, folder: string): JobFolders {
  return {
    workspace: join(folder, 'workspace'),
    temp: join(folder, 'temp'),
    home: join(folder, 'home'),
    toolCache: layout === 'machine' ? join(folder, 'home/work/_tool') : join(folder, 'tools'),
    actions: join(folder, 'actions'),
    commands: join(folder, 'commands'),
  }
}

/** Makes the folders of a job and the places where they are shown; those that hold others come first. */
export function makeBinds(layout: Layout, folder: string, name: string): Bind[] {
  const from = outsideFolders(layout, folder)
  const to = insideFolders(layout, name)
  const work = { from: layout === 'machine' ? join(from.home, 'work') : join(folder, 'work'), to: inside[layout].work }
  const points = [join(work.from, name, name), join(work.from, '_temp'), ...(layout === 'image' ? [join(work.from, '_actions')] : [])]
  for (const one of [...Object.values(from), ...points] as string[]) mkdirSync(one, { recursive: true, mode: 0o755 })
  // Programs of an image may run as anybody, and nobody else gets to the job's folder.
  if (layout === 'image') for (const one of [work.from, ...Object.values(from)] as string[]) chmodSync(one, 0o777)
  const bind = (which: keyof JobFolders): Bind => ({ from: from[which], to: to[which] })
  return [
    ...(layout === 'machine' ? [bind('home')] : [work, bind('home'), bind('toolCache')]),
    bind('workspace'),
    bind('temp'),
    bind('commands'),
    { ...bind('actions'), isReadOnly: true },
  ]
}

const repositoryFolder = /^[A-Za-z0-9._-]{1,100}$/

/** The repository's name, where that can be a folder. */
export function workspaceName(repository: string): string {
  return repositoryFolder.test(repository) && !/^\.+$/.test(repository) ? repository : 'repository'
}

/** Those by which a step speaks to us have other names in each. */
const translated = ['workspace', 'temp', 'toolCache', 'actions', 'home'] as const

/** Text that is a path of a job, as the same is seen elsewhere: GitHub's runner does so for variables and inputs. */
export function translatePath(text: string, from: JobFolders, to: JobFolders): string {
  // The innermost: one is within another.
  const [key] = translated.filter((one) => text === from[one] || text.startsWith(`${from[one]}/`)).toSorted((a, b) => from[b].length - from[a].length) // prettier-ignore
  return key === undefined ? text : to[key] + text.slice(from[key].length)
}
