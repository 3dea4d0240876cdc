import { stringify } from 'yaml'
import { usageFailure } from '../exit-code.ts'

/** To standard output, whole lines. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** To standard error: what a script that reads the output does not want to see. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Prints a value in a format for programs; false for any other format, which the caller prints itself. */
export function printStructured(value: unknown, output: string): boolean {
  if (output === 'json') print(JSON.stringify(value, null, 2))
  else if (output === 'yaml') print(toYaml(value).trimEnd())
  else return false
  return true
}

export function toYaml(value: unknown): string {
  // Strings are kept on one line, and written so that YAML 1.1 readers read them as text too.
  return stringify(value, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false, schema: 'yaml-1.1' })
}

/** Refuses a format before any work is done. */
export function requireOutput(output: string, allowed: readonly string[]): void {
  if (!allowed.includes(output)) throw usageFailure(`unknown output format: ${output}`, `Use one of: ${allowed.join(', ')}.`)
}
