import type { Program } from './run.ts'

/** What one file gives: its own tree and its definitions, in the order of their names' first appearance. */
export interface ParsedFile {
  definitions: readonly Definition[]
  /** Functions that it names: whether they exist is a matter of the set. */
  functions: ReadonlySet<string>
}

export interface Definition {
  name: string
  /** Nothing but space: it replaces no other definition. */
  isEmpty: boolean
  /** Compiled when it is first run. */
  program(): Program
}

interface Entry {
  /** The name under which it was parsed, and under which it was last asked for. */
  parsedAs: string
  parsed: ParsedFile
  name: string
  file: ParsedFile
  bytes: number
}

/** An action as nodes and, once it has run, as closures, in bytes: what was measured over public charts. */
const actionBytes = 2000

/** What a text takes in memory once it is parsed. */
export function parsedBytes(text: string): number {
  let bytes = text.length + 200
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', at + 2)) bytes += actionBytes
  return bytes
}

/**
 * Parsed files by their content, for every set of this thread: thousands of renders share one chart, and many charts bring the same library. Bounded
 * by the memory that they take; what has not been asked for the longest goes first.
 */
export class TemplateCache {
  /** By the content itself, and no hash of it: V8 hashes and compares faster than any digest. */
  private readonly files = new Map<string, Entry>()
  private readonly maximumBytes: number
  private bytes = 0

  /** `maximumBytes` as `parsedBytes` counts them. */
  constructor(maximumBytes: number = 64 * 1024 * 1024) {
    this.maximumBytes = maximumBytes
  }

  get(name: string, text: string): ParsedFile | undefined {
    const entry = this.files.get(text)
    if (entry === undefined) return undefined
    if (entry.name !== name) {
      const file = renamed(entry, name, text)
      if (file === undefined) return undefined
      entry.name = name
      entry.file = file
    }
    this.files.delete(text)
    this.files.set(text, entry)
    return entry.file
  }

  put(name: string, text: string, file: ParsedFile): void {
    const bytes = parsedBytes(text)
    this.remove(text)
    if (bytes > this.maximumBytes) return
    this.files.set(text, { parsedAs: name, parsed: file, name, file, bytes })
    this.bytes += bytes
    for (const oldest of this.files.keys()) {
      if (this.bytes <= this.maximumBytes) break
      this.remove(oldest)
    }
  }

  get size(): number {
    return this.files.size
  }

  private remove(text: string): void {
    const entry = this.files.get(text)
    if (entry === undefined) return
    this.files.delete(text)
    this.bytes -= entry.bytes
  }
}

/**
 * The same file under another name, which is that of its own tree and stands in its errors. Undefined where one of its definitions may bear either
 * name: then it is the name that decides what is the file's own.
 */
function renamed({ parsedAs, parsed }: Entry, name: string, text: string): ParsedFile | undefined {
  if (name === parsedAs) return parsed
  if (mayDefine(text, parsedAs) || mayDefine(text, name)) return undefined
  const source = { name, text }
  const definitions = parsed.definitions.map((definition): Definition => {
    const own = definition.name === parsedAs ? name : definition.name
    let program: Program | undefined
    return {
      name: own,
      isEmpty: definition.isEmpty,
      program() {
        if (program === undefined) {
          const original = definition.program()
          program = {
            name: own,
            source,
            root: original.root,
            body: original.body,
            get slots() {
              return original.slots
            },
          }
        }
        return program
      },
    }
  })
  return { definitions, functions: parsed.functions }
}

/** With an escape in a name, any name may be meant. */
function mayDefine(text: string, name: string): boolean {
  return text.includes(name) || /\b(?:define|block)\s+"[^"\n]*\\/.test(text)
}
