import type { GoFunction } from '../go/value.ts'

/** What the functions need of the world. */
export interface FunctionContext {
  /** Bytes for what is random; the name of the function is given, the context knows template and call. */
  randomBytes(functionName: string, count: number): Uint8Array
  /** What `now` is, also in certificates: a fixed instant makes them the same on each render. */
  now(): Date
}

/**
 * Every function of sprig 3.3 that Helm keeps (no `env`, no `expandenv`, and `fail` is the engine's), and Helm's own that need no engine:
 * toYaml, toToml, toJson, fromYaml … Helm 3 is 3.18, Helm 4 is 4.1: they differ in `mustToYaml`, in semver's rules and in certificates' key identifiers.
 */
export type TemplateFunctions = (context: FunctionContext, version: '3' | '4') => ReadonlyMap<string, GoFunction>
