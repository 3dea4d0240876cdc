import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, constants } from 'node:fs'
import { access, cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { glob as findFiles } from './glob.mjs'

/** What scripts know as `@actions/core`, `exec`, `io` and `glob`, as far as scripts in workflows use them. */
function text(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

function escapeData(value: unknown): string {
  return text(value instanceof Error ? value.message : value)
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
}

function escapeProperty(value: unknown): string {
  return escapeData(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function command(name: string, properties: Record<string, unknown>, value: unknown): void {
  const given = Object.entries(properties).filter(([, one]) => one !== undefined)
  const words = given.length === 0 ? '' : ` ${given.map(([key, one]) => `${key}=${escapeProperty(one)}`).join(',')}`
  process.stdout.write(`::${name}${words}::${escapeData(value)}\n`)
}

function toFile(variable: string, name: string, value: unknown): void {
  const delimiter = `ghadelimiter_${randomUUID()}`
  appendFileSync(process.env[variable] ?? '/dev/null', `${name}<<${delimiter}\n${text(value)}\n${delimiter}\n`)
}

interface Place {
  title?: string
  file?: string
  startLine?: number
  endLine?: number
  startColumn?: number
  endColumn?: number
}

function annotate(name: string): (message: unknown, place?: Place) => void {
  return (message, place = {}) =>
    command(
      name,
      {
        title: place.title,
        file: place.file,
        line: place.startLine,
        endLine: place.endLine,
        col: place.startColumn,
        endColumn: place.endColumn,
      },
      message,
    )
}

class Summary {
  #text = ''
  addRaw(value: string, addEOL = false): this {
    this.#text += value + (addEOL ? '\n' : '')
    return this
  }
  addEOL(): this {
    return this.addRaw('\n')
  }
  addHeading(value: string, level = 1): this {
    return this.addRaw(`${'#'.repeat(Math.min(6, Math.max(1, level)))} ${value}\n\n`)
  }
  addCodeBlock(code: string, language = ''): this {
    return this.addRaw(`\`\`\`${language}\n${code}\n\`\`\`\n`)
  }
  addList(items: string[], isOrdered = false): this {
    return this.addRaw(`${items.map((item) => `${isOrdered ? '1.' : '-'} ${item}`).join('\n')}\n`)
  }
  addTable(rows: (string | { data: string; header?: boolean })[][]): this {
    const lines = rows.map((row) => `| ${row.map((cell) => (typeof cell === 'string' ? cell : cell.data)).join(' | ')} |`)
    return this.addRaw(`${[lines[0] ?? '', `|${' --- |'.repeat(rows[0]?.length ?? 0)}`, ...lines.slice(1)].join('\n')}\n\n`)
  }
  addDetails(label: string, content: string): this {
    return this.addRaw(`<details><summary>${label}</summary>\n\n${content}\n</details>\n`)
  }
  addSeparator(): this {
    return this.addRaw('\n---\n')
  }
  addBreak(): this {
    return this.addRaw('<br>\n')
  }
  addQuote(value: string): this {
    return this.addRaw(`> ${value}\n`)
  }
  addLink(label: string, href: string): this {
    return this.addRaw(`[${label}](${href})`)
  }
  stringify(): string {
    return this.#text
  }
  isEmptyBuffer(): boolean {
    return this.#text === ''
  }
  emptyBuffer(): this {
    this.#text = ''
    return this
  }
  async write(): Promise<this> {
    appendFileSync(process.env['GITHUB_STEP_SUMMARY'] ?? '/dev/null', this.#text)
    return this.emptyBuffer()
  }
}

function getInput(name: string, options: { required?: boolean; trimWhitespace?: boolean } = {}): string {
  const value = process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? ''
  if (options.required && value === '') throw new Error(`Input required and not supplied: ${name}`)
  return options.trimWhitespace === false ? value : value.trim()
}

export const core = {
  getInput,
  getMultilineInput: (name: string): string[] => getInput(name).split('\n').filter(Boolean),
  getBooleanInput: (name: string): boolean => /^true$/i.test(getInput(name)),
  setOutput: (name: string, value: unknown): void => toFile('GITHUB_OUTPUT', name, value),
  exportVariable(name: string, value: unknown): void {
    process.env[name] = text(value)
    toFile('GITHUB_ENV', name, value)
  },
  addPath(folder: string): void {
    process.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`
    appendFileSync(process.env['GITHUB_PATH'] ?? '/dev/null', `${folder}\n`)
  },
  setSecret: (value: string): void => command('add-mask', {}, value),
  saveState: (name: string, value: unknown): void => toFile('GITHUB_STATE', name, value),
  getState: (name: string): string => process.env[`STATE_${name}`] ?? '',
  setFailed(message: unknown): void {
    process.exitCode = 1
    command('error', {}, message)
  },
  info: (message: string): void => void process.stdout.write(`${message}\n`),
  debug: (message: string): void => command('debug', {}, message),
  notice: annotate('notice'),
  warning: annotate('warning'),
  error: annotate('error'),
  isDebug: (): boolean => process.env['RUNNER_DEBUG'] === '1',
  startGroup: (name: string): void => command('group', {}, name),
  endGroup: (): void => command('endgroup', {}, ''),
  async group<T>(name: string, work: () => Promise<T>): Promise<T> {
    command('group', {}, name)
    try {
      return await work()
    } finally {
      command('endgroup', {}, '')
    }
  },
  setCommandEcho: (): void => undefined,
  summary: new Summary(),
}

interface ExecOptions {
  cwd?: string
  env?: Record<string, string>
  silent?: boolean
  ignoreReturnCode?: boolean
  input?: Buffer | string
  listeners?: { stdout?: (data: Buffer) => void; stderr?: (data: Buffer) => void; stdline?: (line: string) => void }
}

/** Words of a command line as `@actions/exec` takes them apart: spaces, and double quotes around what belongs together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map((match) => match[1]?.replaceAll('\\"', '"') ?? match[2] ?? '')
}

async function run(line: string, args: string[] = [], options: ExecOptions = {}): Promise<number> {
  const [program = '', ...rest] = wordsOf(line)
  if (!options.silent) process.stdout.write(`[command]${[program, ...rest, ...args].join(' ')}\n`)
  const child = spawn(program, [...rest, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? 'inherit' : 'pipe', 'pipe', 'pipe'],
  })
  if (options.input !== undefined) child.stdin?.end(options.input)
  child.stdout?.on('data', (data: Buffer) => {
    if (!options.silent) process.stdout.write(data)
    options.listeners?.stdout?.(data)
  })
  child.stderr?.on('data', (data: Buffer) => {
    if (!options.silent) process.stdout.write(data)
    options.listeners?.stderr?.(data)
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve(exit ?? 1))
  })
  if (code !== 0 && !options.ignoreReturnCode) throw new Error(`The process '${program}' failed with exit code ${code}`)
  return code
}

export const exec = {
  exec: run,
  async getExecOutput(
    line: string,
    args: string[] = [],
    options: ExecOptions = {},
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    let stdout = ''
    let stderr = ''
    const exitCode = await run(line, args, {
      ...options,
      listeners: {
        stdout: (data) => {
          stdout += data.toString()
          options.listeners?.stdout?.(data)
        },
        stderr: (data) => {
          stderr += data.toString()
          options.listeners?.stderr?.(data)
        },
      },
    })
    return { exitCode, stdout, stderr }
  },
}

export const io = {
  mkdirP: async (path: string): Promise<void> => void (await mkdir(path, { recursive: true })),
  rmRF: (path: string): Promise<void> => rm(path, { recursive: true, force: true }),
  cp: (from: string, to: string, options: { recursive?: boolean; force?: boolean } = {}): Promise<void> =>
    cp(from, to, { recursive: options.recursive ?? false, force: options.force ?? true }),
  mv: (from: string, to: string): Promise<void> => rename(from, to),
  async which(tool: string, check = false): Promise<string> {
    for (const folder of (process.env['PATH'] ?? '').split(':')) {
      const path = join(folder, tool)
      if (await access(path, constants.X_OK).then(() => true, () => false)) return path // prettier-ignore
    }
    if (check) throw new Error(`Unable to locate executable file: ${tool}.`)
    return ''
  },
}

export const glob = {
  create: async (patterns: string, options: { followSymbolicLinks?: boolean; matchDirectories?: boolean } = {}) => ({
    glob: () => findFiles(patterns.split('\n'), process.cwd(), { matchDirectories: true, ...options }),
  }),
}
