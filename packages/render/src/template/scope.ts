import { noItems, withItem } from './exact-list.ts'

/** A variable: where its value lives, and where the element type of the loop that declares it. */
export interface Variable {
  slot: number
  typeSlot: number | undefined
}

/** The variables that a statement sees, and what dot is, as Go's stack of variables has them while it runs. */
export class Scope {
  private declared: { name: string; variable: Variable }[] = noItems
  private readonly parent: Scope | undefined
  /** How many variables the parent had when this scope began: it may be asked when there are more. */
  private readonly seen: number
  private readonly slots: { count: number }
  /** Where the element type is held of the loop whose element dot is; undefined: dot comes out of no interface. */
  private dotType: number | undefined

  constructor(parent?: Scope) {
    this.parent = parent
    this.seen = parent?.declared.length ?? 0
    this.slots = parent?.slots ?? { count: 0 }
    this.dotType = parent?.dotType
  }

  get slotCount(): number {
    return this.slots.count
  }

  get dotTypeSlot(): number | undefined {
    return this.dotType
  }

  child(): Scope {
    return new Scope(this)
  }

  withDot(typeSlot: number | undefined): this {
    this.dotType = typeSlot
    return this
  }

  /** A slot of its own. */
  reserve(): number {
    this.slots.count += 1
    return this.slots.count - 1
  }

  declare(name: string): number {
    const slot = this.reserve()
    this.declared = withItem(this.declared, { name, variable: { slot, typeSlot: undefined } })
    return slot
  }

  setType(name: string, typeSlot: number): void {
    const variable = this.declared.findLast((each) => each.name === name)?.variable
    if (variable !== undefined) variable.typeSlot = typeSlot
  }

  find(name: string): Variable | undefined {
    return this.findAmong(name, this.declared.length)
  }

  private findAmong(name: string, count: number): Variable | undefined {
    for (let index = count - 1; index >= 0; index -= 1) {
      const each = this.declared[index]
      if (each?.name === name) return each.variable
    }
    return this.parent?.findAmong(name, this.seen)
  }
}
