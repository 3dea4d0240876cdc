import { join } from 'node:path'
import { parseAssignments, refuseVariable } from '../step/command-files.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

const fileNames = { env: 'set_env', output: 'set_output', path: 'add_path', summary: 'step_summary', state: 'save_state' } as const
type FileName = keyof typeof fileNames

/** What one step has said by its files. */
export interface Said {
  env: [string, string][]
  outputs: [string, string][]
  path: string[]
  state: [string, string][]
  summary: string
  /** Told, and the step goes on: a summary decides about nothing (GitHub, "Step isolation and limits"). */
  complaints: string[]
  /** Each fails the step. */
  problems: string[]
}

function namesOf(id: string): Record<FileName, string> {
  const name = (one: FileName): string => `${fileNames[one]}_${id}`
  return { env: name('env'), output: name('output'), path: name('path'), summary: name('summary'), state: name('state') }
}

/** The same for expressions: `github.env`, `github.output` and so on. */
export function commandFileContexts(folder: string, id: string): [string, string][] {
  const { env, output, path, summary, state } = namesOf(id)
  const names = { env, output, path, step_summary: summary, state }
  return Object.entries(names).map(([name, file]) => [name, join(folder, file)])
}

/** The files by which one step tells us something. */
export class CommandFiles {
  readonly #sandbox: Sandbox
  readonly #names: Record<FileName, string>

  private constructor(sandbox: Sandbox, id: string) {
    this.#sandbox = sandbox
    this.#names = namesOf(id)
  }

  static async make(sandbox: Sandbox, id: string): Promise<CommandFiles> {
    const files = new CommandFiles(sandbox, id)
    await Promise.all(Object.values(files.#names).map((name) => sandbox.files.put(name, '')))
    return files
  }

  get environment(): [string, string][] {
    const at = (name: FileName): string => join(this.#sandbox.inside.commands, this.#names[name])
    return [
      ['GITHUB_ENV', at('env')],
      ['GITHUB_OUTPUT', at('output')],
      ['GITHUB_PATH', at('path')],
      ['GITHUB_STEP_SUMMARY', at('summary')],
      ['GITHUB_STATE', at('state')],
    ]
  }

  async read(): Promise<Said> {
    const said: Said = { env: [], outputs: [], path: [], state: [], summary: '', complaints: [], problems: [] }
    const names = Object.keys(fileNames) as FileName[]
    const read = new Map(await Promise.all(names.map(async (name) => [name, await this.#sandbox.files.read(this.#names[name])] as const)))
    const text = (name: FileName, variable: string): string => {
      const found = read.get(name) ?? { text: '' }
      if ('text' in found) return found.text
      const list = name === 'summary' && found.isTooLarge === true ? said.complaints : said.problems
      list.push(`${variable} of this step was not taken: ${found.problem}.`)
      return ''
    }
    const assignments = (name: FileName, variable: string): [string, string][] => {
      const content = text(name, variable)
      try {
        return parseAssignments(content)
      } catch (error) {
        said.problems.push(`Unable to process file command '${name}' successfully. ${(error as Error).message}`)
        return []
      }
    }
    for (const [name, value] of assignments('env', 'GITHUB_ENV')) {
      const refused = refuseVariable(name)
      if (refused !== undefined) said.problems.push(refused)
      else said.env.push([name, value])
    }
    said.outputs = assignments('output', 'GITHUB_OUTPUT')
    said.state = assignments('state', 'GITHUB_STATE')
    said.path = text('path', 'GITHUB_PATH')
      .split(/\r?\n/)
      .filter((line) => line !== '')
    said.summary = text('summary', 'GITHUB_STEP_SUMMARY')
    return said
  }

  remove(): Promise<void> {
    return this.#sandbox.files.remove(Object.values(this.#names))
  }
}
