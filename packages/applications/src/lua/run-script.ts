import { compile } from './compiler.ts'
import { toLua } from './json.ts'
import { openBase, type Print } from './library/base.ts'
import { openClock } from './library/clock.ts'
import { openCoroutines } from './library/coroutines.ts'
import { openMathematics } from './library/mathematics.ts'
import { openTables } from './library/tables.ts'
import { openTexts } from './library/texts.ts'
import { type LuaLimits, Machine } from './machine.ts'
import type { Prototype } from './prototype.ts'
import { LuaTable } from './table.ts'
import { fromUtf8, isFunction, isTrue, LuaError, LuaLimitError, type LuaValue, toUtf8 } from './value.ts'

export interface ScriptOptions {
  /** `string`, `math`, `coroutine` and the global `os` too. What reaches out of the script is never there. */
  useOpenLibs: boolean
  limits?: LuaLimits
  print?: Print
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface ScriptRun {
  machine: Machine
  /** The last value that the script has returned, as Argo CD takes it. */
  value: LuaValue
}

/** What a check of an object may take: a thousand times what real ones do, and done within a second. */
export const scriptLimits: LuaLimits = { steps: 10_000_000, bytes: 64 * 1024 * 1024 }
const maxSourceLength = 1_000_000
const maxCached = 500
const cache = new Map<string, Prototype>()

/**
 * Runs a script with `obj` and further globals. Throws `LuaError` for what is wrong with it, and `LuaLimitError` when it takes more than it may. It
 * sees nothing but its globals: no files, no processes, no environment, and nothing of a run before.
 */
export function runScript(source: string, globals: Readonly<Record<string, unknown>>, options: ScriptOptions): ScriptRun {
  const machine = new Machine(options.limits ?? scriptLimits)
  openLibraries(machine, options)
  for (const [name, value] of Object.entries(globals)) {
    const found = toLua(machine, value)
    if (found !== undefined) machine.globals.set(name, found)
  }
  try {
    const values = machine.call(machine.closure(compiled(source)), [])
    return { machine, value: values.at(-1) }
  } catch (error) {
    // Our own stack, which a script can fill by way of native functions.
    if (error instanceof RangeError) throw new LuaLimitError('its calls are nested too deeply')
    throw error
  }
}

function openLibraries(machine: Machine, { useOpenLibs, print = ignore, now = Date.now }: ScriptOptions): void {
  const { globals } = machine
  const loaded = new LuaTable()
  const open = (name: string, table: LuaTable): void => {
    globals.set(name, table)
    loaded.set(name, table)
  }
  openBase(machine, (line) => print(toUtf8(line)))
  loaded.set('_G', globals)
  open('table', openTables(machine))
  const clock = openClock(machine, now, useOpenLibs)
  if (useOpenLibs) {
    open('string', openTexts(machine))
    open('math', openMathematics(machine))
    open('coroutine', openCoroutines(machine))
    open('os', clock)
  } else loaded.set('os', clock)
  const packages = new LuaTable()
  const preload = new LuaTable()
  packages.set('loaded', loaded)
  packages.set('preload', preload)
  open('package', packages)
  globals.set('require', { kind: 'native', call: ([name]) => [required(machine, name, { loaded, preload })] })
}

function required(machine: Machine, name: LuaValue, { loaded, preload }: { loaded: LuaTable; preload: LuaTable }): LuaValue {
  if (typeof name !== 'string') throw machine.error('bad argument #1 to require (string expected)')
  const known = loaded.get(name)
  if (isTrue(known)) return known
  const loader = preload.get(name)
  if (!isFunction(loader)) throw machine.error(`module ${toUtf8(name)} not found:\n\tno field package.preload['${toUtf8(name)}']`)
  machine.set(loaded, name, true)
  const [made] = machine.call(loader, [name])
  if (made !== undefined) machine.set(loaded, name, made)
  return loaded.get(name)
}

function compiled(source: string): Prototype {
  const known = cache.get(source)
  if (known) return known
  if (source.length > maxSourceLength) throw new LuaError(`<string>: it is longer than ${maxSourceLength} characters`)
  const prototype = compile(fromUtf8(source))
  if (cache.size >= maxCached) cache.clear()
  cache.set(source, prototype)
  return prototype
}

function ignore(): void {}
