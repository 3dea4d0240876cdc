import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Command } from 'commander'
import type { LoadedWorkflow } from '@plimsoll/workflows'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { localRoot } from '../render/local-root.ts'

/** Larger files are refused by what reads them; they need not be read to say so. */
const largestFile = 4 * 1024 * 1024

interface FoundProblem {
  path: string
  line: number
  column: number
  severity: 'error' | 'warning'
  message: string
}

/** `plimsoll ci lint`. */
export function addCiLint(ci: Command): void {
  ci.command('lint [FILE...]')
    .description('what is wrong with workflow files and actions, with line and column; all of the working copy when none is named')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (named: string[], options: { output: string }) => {
      requireOutput(options.output, ['text', 'json'])
      const { root } = localRoot('.')
      const files = named.length > 0 ? named : filesOf(root)
      if (files.length === 0) {
        throw new CommandFailure('There is no workflow file in .github/workflows.', {
          exitCode: exitCodes.notSo,
          remedy: 'Name the files to look at, or go to the working copy that they are in.',
        })
      }
      const problems: FoundProblem[] = []
      const seen = new Set<string>()
      for (const file of files) {
        for (const problem of await lint(root, file)) {
          // A workflow with an error has it also where it is called.
          const place = `${problem.path}:${problem.line}:${problem.column}:${problem.message}`
          if (!seen.has(place)) problems.push(problem)
          seen.add(place)
        }
      }
      if (!printStructured(problems, options.output)) {
        for (const { path, line, column, severity, message } of problems)
          print(printable(`${path}:${line}:${column}: ${severity}: ${message}`))
        const errors = problems.filter((one) => one.severity === 'error').length
        note(`${count(files.length, 'file')}, ${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`)
      }
      if (problems.some((one) => one.severity === 'error')) process.exitCode = exitCodes.notSo
    })
}

async function lint(root: string, path: string): Promise<FoundProblem[]> {
  const { linkWorkflows, lintFile, parseWorkflow } = await import('@plimsoll/workflows')
  const text = readText(path)
  const problems: FoundProblem[] = lintFile(text, path).map((problem) => ({ path, ...problem }))
  const { workflow } = /(^|\/)action\.ya?ml$/.test(path) ? {} : parseWorkflow(text, path)
  if (!workflow) return problems
  const linked = await linkWorkflows(workflow, realpathSync(path), workflowsOf(root))
  return [...problems, ...linked.problems]
}

/** Workflows of the working copy. Those of other repositories are not fetched: nothing is said about them. */
function workflowsOf(root: string): LoadedWorkflow['load'] {
  const load: LoadedWorkflow['load'] = async (reference) => {
    if (reference.kind !== 'local') return undefined
    const path = join(root, reference.path)
    if (!existsSync(path)) return { problem: 'there is no such file in this working copy' }
    const identity = realpathSync(path)
    if (!identity.startsWith(root + sep)) return { problem: 'the file is a link that leaves the repository' }
    return { text: readText(path), path: relative(process.cwd(), path) || path, identity, load }
  }
  return load
}

function readText(path: string): string {
  if (!existsSync(path)) throw usageFailure(`${path} does not exist.`, 'Give the path of a workflow file, or of an action.yml.')
  const stat = statSync(path)
  if (!stat.isFile()) throw usageFailure(`${path} is not a file.`, 'Give the path of a workflow file, or of an action.yml.')
  if (stat.size > largestFile) throw usageFailure(`${path} is larger than any workflow may be (1 MiB).`)
  return readFileSync(path, 'utf8')
}

/** Every workflow, the actions of `.github/actions`, and the action that the repository itself is. */
function filesOf(root: string): string[] {
  const workflows = entries(join(root, '.github/workflows')).filter((path) => /\.ya?ml$/.test(path))
  const folders = [root, ...entries(join(root, '.github/actions'))]
  const actions = folders.flatMap((folder) => ['action.yml', 'action.yaml'].map((name) => join(folder, name)))
  return [...workflows, ...actions]
    .filter((path) => existsSync(path) && statSync(path).isFile())
    .map((path) => relative(process.cwd(), path) || path)
}

function entries(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name))
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
