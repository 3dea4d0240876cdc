/**
 * The grammar of `--set` and its relatives (Helm's `pkg/strvals`): `a.b=1,c[0].d=x,e={p,q}`. Each function changes `into` in place and throws
 * `YamlError` in Helm's words, without the `failed parsing --set data: ` that the command line puts before them. Texts are strings of bytes.
 */
import type { GoMap, GoValue } from '../../go/value.ts'
import type { HelmVersion } from '../contract.ts'
import { LiteralAssignments } from './literal-assignments.ts'
import { Assignments, type ReadValue } from './assignments.ts'
import { typeValue } from './typed-value.ts'

export interface SetOptions {
  /** The two differ in what a text that ends inside of an index means: an error in 3, the end in 4. */
  version?: HelmVersion
}

/** `--set`: `true`, `false`, `null` and whole numbers are typed (int64); all else is text. */
export function parseSet(text: string, into: GoMap, options: SetOptions = {}): void {
  assign(text, into, typeValue, options)
}

/** `--set-string`: every value is text. */
export function parseSetString(text: string, into: GoMap, options: SetOptions = {}): void {
  assign(text, into, (value) => value, options)
}

/** `--set-json key=JSON`; nothing behind `=` is null. Helm 4's form of a whole object (`{"a": 1}`) is merged by the caller. */
export function parseSetJson(text: string, into: GoMap, options: SetOptions = {}): void {
  assign(text, into, undefined, options)
}

/** `--set-file key=path`: the value is what `readFile` gives for the path. */
export function parseSetFile(text: string, into: GoMap, readFile: (path: string) => Uint8Array, options: SetOptions = {}): void {
  assign(text, into, (path): GoValue => Buffer.from(readFile(path)).toString('latin1'), options)
}

/** `--set-literal key=text`: everything behind `=` is the value, commas and backslashes too. */
export function parseSetLiteral(text: string, into: GoMap, options: SetOptions = {}): void {
  new LiteralAssignments(text, options.version ?? '4').run(into)
}

function assign(text: string, into: GoMap, read: ReadValue | undefined, options: SetOptions): void {
  new Assignments(text, options.version ?? '4', read).run(into)
}
