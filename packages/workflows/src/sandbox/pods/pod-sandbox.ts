import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { JobFiles, JobFolders, StepCommand, StepProcess } from '../sandbox.ts'
import { ask } from './ask.ts'
import type { Link } from './link.ts'
import type { PodFacts, ProgramStart } from './questions.ts'

/** Files of an action on their way at once: each waits for its answer. */
const filesAtOnce = 16
/** As for a program that was killed (bash(1), EXIT STATUS). */
const killedCode = 137

/** Steps may have taken the place of whoever answers: nothing is believed that has another shape. */
export function checkedFacts(facts: PodFacts): PodFacts {
  const { folders } = facts
  const texts = [facts.path, facts.node, facts.arch, facts.scripts, ...facts.env.flat()]
  const paths = [folders.workspace, folders.temp, folders.home, folders.toolCache, folders.actions, folders.commands]
  const isText = (text: unknown): boolean => typeof text === 'string' && !text.includes('\0')
  if (!texts.every(isText) || !paths.every((path) => isText(path) && path.startsWith('/') && !/[\r\n]/.test(path)))
    throw new Error("the pod's agent says what cannot be")
  return facts
}

export function filesInPod(link: Link, folders: JobFolders): JobFiles {
  return {
    async put(name, content, mode = 0o600) {
      await ask(link, 'put', { name, mode }, typeof content === 'string' ? Buffer.from(content) : content)
      return join(folders.commands, name)
    },
    async read(name) {
      const found = await ask(link, 'read', { name })
      if ('problem' in found) return { problem: String(found.problem).slice(0, 300) }
      return { text: String(found.text) }
    },
    async remove(names) {
      await ask(link, 'remove', { names })
    },
    async putAction(name, files) {
      const under = new Set<Promise<unknown>>()
      for await (const { path, content, isExecutable } of files) {
        const put = ask(link, 'action', { name, path, isExecutable }, content)
        const done = put.finally(() => under.delete(done))
        under.add(done)
        if (under.size >= filesAtOnce) await Promise.race(under)
      }
      await Promise.all(under)
    },
    async find(program, path) {
      const found = await ask(link, 'find', { program, path })
      return typeof found === 'string' ? found : undefined
    },
  }
}

/** A program of a step in a pod. It ends with its link, at the latest. */
export function startInPod(link: Link, command: StepCommand, streams: 'both' | 'stdout'): StepProcess {
  const { argv, env, workingDirectory, input } = command
  const id = randomUUID()
  const start: ProgramStart = { id, argv, env: [...env], cwd: workingDirectory, streams, hasInput: input !== undefined }
  const stream = link.open({ kind: 'start', ...start })
  if (input === undefined || Buffer.isBuffer(input)) stream.end(input)
  else pipeInto(input, stream)
  const ended = ask(link, 'ended', { id }).then(
    ({ code }) => ({ code: Number.isInteger(code) ? code : 1 }),
    (error: unknown) => {
      if (link.isClosed) return { code: killedCode }
      throw error
    },
  )
  ended.catch(() => stream.destroy())
  return { output: stream, ended, signal: (name) => void ask(link, 'signal', { id, name }).catch(() => undefined) }
}

function pipeInto(input: Readable, stream: NodeJS.WritableStream): void {
  // A program may end without having read all of it.
  pipeline(input, stream).catch(() => undefined)
}
