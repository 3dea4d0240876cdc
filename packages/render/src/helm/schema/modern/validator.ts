import { countRunes } from '../../../go/utf8.ts'
import type { GoMap, GoValue } from '../../../go/value.ts'
import type { CheckBudget } from '../check-budget.ts'
import { equalValues, isObject, kindOf, sortedKeys } from '../json-kind.ts'
import { compareDecimals, decimalOf, isMultiple, isWhole, numberText, toNumber, type Decimal } from '../json-number.ts'
import { englishCount, englishNumber, fault, joinQuoted, quoteSingle, type Fault } from './fault.ts'
import type { Node } from './node.ts'
import { checkSchemaShape } from './shape.ts'
import { Unevaluated } from './unevaluated.ts'

/** A schema on its way to the value: what `$dynamicRef` looks through, and how a circle of references is found. */
interface Scope {
  node: Node
  /** Schemas for the same value have the same number. */
  value: number
  parent: Scope | undefined
}

const typeOrder = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']

/** Checks a value as santhosh-tekuri/jsonschema v6 does; an empty list where it is valid. Objects are walked by sorted keys. */
export function validate(root: Node, value: GoValue, budget: CheckBudget): Fault[] {
  const found = new Check(budget).run(root, value, [], { node: root, value: 0, parent: undefined }, new Unevaluated(value, root, false))
  return found === undefined ? [] : found.isGroup ? [...found.causes] : [found]
}

class Check {
  private readonly budget: CheckBudget

  constructor(budget: CheckBudget) {
    this.budget = budget
  }

  run(node: Node, value: GoValue, at: readonly string[], scope: Scope, rest: Unevaluated): Fault | undefined {
    this.budget.enter()
    try {
      return new NodeCheck(this, this.budget, node, value, at, scope, rest).run()
    } finally {
      this.budget.leave()
    }
  }
}

/** One schema and one value. */
class NodeCheck {
  private readonly faults: Fault[] = []
  private readonly check: Check
  private readonly budget: CheckBudget
  private readonly node: Node
  private readonly value: GoValue
  private readonly at: readonly string[]
  private readonly scope: Scope
  private readonly rest: Unevaluated

  constructor(check: Check, budget: CheckBudget, node: Node, value: GoValue, at: readonly string[], scope: Scope, rest: Unevaluated) {
    this.check = check
    this.budget = budget
    this.node = node
    this.value = value
    this.at = at
    this.scope = scope
    this.rest = rest
  }

  run(): Fault | undefined {
    const { node, value } = this
    if (node.bool !== undefined) return node.bool ? undefined : this.fault('false schema')
    if (node.metaschema !== undefined) return this.combine(checkSchemaShape(value, node.metaschema, this.at))
    if (this.isCircle()) return this.fault(`a reference leads back to ${JSON.stringify(node.pointer)} causing reference cycle`)
    const kind = kindOf(value)
    if (kind === undefined) return this.fault('invalid jsonType')

    if (node.types !== undefined && node.types.size > 0 && !this.hasType(kind, node.types)) {
      const wanted = typeOrder.filter((name) => node.types?.has(name))
      return this.fault(`got ${kind}, want ${wanted.join(' or ')}`)
    }
    if (node.const !== undefined && !equalValues(value, node.const.value)) {
      const isScalar = !Array.isArray(node.const.value) && !isObject(node.const.value)
      return this.fault(isScalar ? `value must be ${display(node.const.value)}` : "'const' failed")
    }
    if (node.enum !== undefined && !node.enum.some((item) => equalValues(value, item))) return this.fault(enumMessage(node.enum))
    if (node.format !== undefined && typeof value === 'string') {
      const reason = node.format.check(value)
      if (reason !== undefined) return this.fault(`${quoteSingle(value)} is not valid ${node.format.name}: ${reason}`)
    }
    if (node.ref !== undefined) {
      const found = this.followed(node.ref)
      if (node.draft < 2019) return found
      this.add(found)
    }

    if (isObject(value)) this.checkObject(value)
    else if (Array.isArray(value)) this.checkArray(value)
    else if (typeof value === 'string') this.checkText(value)
    else if (kind === 'number') this.checkNumber()
    if (node.draft >= 2019) this.checkReferences()
    this.checkLogic()
    if (node.draft >= 2019) this.checkUnevaluated()
    return this.combine(this.faults)
  }

  private combine(faults: readonly Fault[]): Fault | undefined {
    if (faults.length < 2) return faults[0]
    return { ...this.fault('validation failed', faults), isGroup: true }
  }

  private fault(message: string, causes: readonly Fault[] = []): Fault {
    return fault(this.at, message, causes)
  }

  private add(found: Fault | undefined): void {
    if (found !== undefined) this.faults.push(found)
  }

  private report(message: string, causes: readonly Fault[] = []): void {
    this.faults.push(this.fault(message, causes))
  }

  private isCircle(): boolean {
    for (let scope = this.scope.parent; scope !== undefined && scope.value === this.scope.value; scope = scope.parent) {
      if (scope.node === this.node) return true
    }
    return false
  }

  private hasType(kind: string, types: ReadonlySet<string>): boolean {
    if (types.has(kind)) return true
    if (kind !== 'number' || !types.has('integer')) return false
    const number = decimalOf(this.value)
    return number !== undefined && isWhole(number)
  }

  /** The same value by another schema; what that has looked at counts as looked at here. */
  private sameValue(node: Node): Fault | undefined {
    const rest = new Unevaluated(this.value, node, !this.rest.isEmpty)
    const found = this.check.run(node, this.value, this.at, { node, value: this.scope.value, parent: this.scope }, rest)
    if (found === undefined) this.rest.keepOnly(rest)
    return found
  }

  private inner(node: Node, value: GoValue, token: string): Fault | undefined {
    return this.check.run(
      node,
      value,
      [...this.at, token],
      { node, value: this.scope.value + 1, parent: this.scope },
      new Unevaluated(value, node, false),
    )
  }

  private followed(node: Node): Fault | undefined {
    const found = this.sameValue(node)
    if (found === undefined) return undefined
    return { ...this.fault('validation failed', found.isGroup ? found.causes : [found]), isReference: true }
  }

  private checkObject(value: GoMap): void {
    const { node } = this
    const size = value.size
    if (node.minProperties !== undefined && size < node.minProperties) this.count('minProperties', size, node.minProperties)
    if (node.maxProperties !== undefined && size > node.maxProperties) this.count('maxProperties', size, node.maxProperties)
    const missing = node.required.filter((key) => !value.has(key))
    if (missing.length === 1) this.report(`missing property ${joinQuoted(missing)}`)
    else if (missing.length > 1) this.report(`missing properties ${joinQuoted(missing)}`)

    for (const [key, needed] of node.dependencies) {
      if (!value.has(key)) continue
      if ('pointer' in needed) this.add(this.sameValue(needed))
      else this.checkDependent(value, key, needed)
    }
    this.checkProperties(value)
    if (node.draft === 4) return
    if (node.propertyNames !== undefined) for (const key of sortedKeys(value)) this.checkName(node.propertyNames, key)
    if (node.draft === 6) return
    for (const [key, needed] of node.dependentSchemas) if (value.has(key)) this.add(this.sameValue(needed))
    for (const [key, needed] of node.dependentRequired) if (value.has(key)) this.checkDependent(value, key, needed)
  }

  private checkDependent(value: GoMap, key: string, needed: readonly string[]): void {
    const missing = needed.filter((name) => !value.has(name))
    if (missing.length > 0) this.report(`properties ${joinQuoted(missing)} required, if ${quoteSingle(key)} exists`)
  }

  private checkProperties(value: GoMap): void {
    const { node } = this
    const additional: string[] = []
    for (const key of sortedKeys(value)) {
      const item = value.get(key)
      let isEvaluated = false
      const property = node.properties.get(key)
      if (property !== undefined) {
        isEvaluated = true
        this.add(this.inner(property, item, key))
      }
      for (const { pattern, node: schema } of node.patternProperties) {
        if (!pattern.test(key)) continue
        isEvaluated = true
        this.add(this.inner(schema, item, key))
      }
      if (!isEvaluated && node.additionalProperties !== undefined) {
        isEvaluated = true
        if (node.additionalProperties === false) additional.push(key)
        else if (node.additionalProperties !== true) this.add(this.inner(node.additionalProperties, item, key))
      }
      if (isEvaluated) this.rest.properties?.delete(key)
    }
    if (additional.length > 0) this.report(`additional properties ${joinQuoted(additional)} not allowed`)
  }

  private checkName(schema: Node, key: string): void {
    const found = this.check.run(schema, key, [], { node: schema, value: 0, parent: undefined }, new Unevaluated(key, schema, false))
    if (found === undefined) return
    this.faults.push(fault([], `invalid propertyName ${quoteSingle(key)}`, found.isGroup ? found.causes : [found]))
  }

  private checkArray(value: readonly GoValue[]): void {
    const { node } = this
    if (node.minItems !== undefined && value.length < node.minItems) this.count('minItems', value.length, node.minItems)
    if (node.maxItems !== undefined && value.length > node.maxItems) this.count('maxItems', value.length, node.maxItems)
    if (node.uniqueItems) this.checkUnique(value)
    if (node.draft < 2020) this.checkItems(value)
    else {
      for (const [index, schema] of node.prefixItems.entries()) {
        if (index < value.length) this.add(this.inner(schema, value[index], String(index)))
      }
      if (node.items2020 !== undefined) {
        // The library counts from the first item that no schema of its own stands for.
        for (const [index, item] of value.slice(node.prefixItems.length).entries())
          this.add(this.inner(node.items2020, item, String(index)))
      }
    }
    if (node.contains !== undefined) this.checkContains(node.contains, value)
  }

  private checkItems(value: readonly GoValue[]): void {
    const { node } = this
    if (node.items === undefined) return
    if (!('length' in node.items)) {
      for (const [index, item] of value.entries()) this.add(this.inner(node.items, item, String(index)))
      return
    }
    const schemas = node.items
    for (const [index, schema] of schemas.entries()) if (index < value.length) this.add(this.inner(schema, value[index], String(index)))
    const more = value.slice(schemas.length)
    if (node.additionalItems === false && more.length > 0) this.report(`last ${englishCount(more.length)} additionalItem(s) not allowed`)
    else if (typeof node.additionalItems === 'object') {
      for (const [index, item] of more.entries()) this.add(this.inner(node.additionalItems, item, String(index)))
    }
  }

  private checkUnique(value: readonly GoValue[]): void {
    for (let at = 1; at < value.length; at += 1) {
      this.budget.spend(at)
      for (let other = 0; other < at; other += 1) {
        if (equalValues(value[other], value[at])) return this.report(`items at ${englishCount(other)} and ${englishCount(at)} are equal`)
      }
    }
  }

  private checkContains(schema: Node, value: readonly GoValue[]): void {
    const { node } = this
    const faults: Fault[] = []
    const matched: number[] = []
    for (const [index, item] of value.entries()) {
      const found = this.inner(schema, item, String(index))
      if (found !== undefined) faults.push(found)
      else {
        matched.push(index)
        if (node.draft >= 2020) this.rest.items?.delete(index)
      }
    }
    const described = `but matched ${englishCount(matched.length)} items at ${matched.join(' ')}`
    if (node.minContains !== undefined) {
      if (matched.length < node.minContains) {
        const but = matched.length === 0 ? 'but none matched' : described
        this.report(`min ${englishCount(node.minContains)} items required to match contains schema, ${but}`, faults)
      }
    } else if (matched.length === 0) this.report('no items match contains schema', faults)
    if (node.maxContains !== undefined && matched.length > node.maxContains) {
      this.report(`max ${englishCount(node.maxContains)} items required to match contains schema, ${described}`)
    }
  }

  private checkText(value: string): void {
    const { node } = this
    if (node.minLength !== undefined || node.maxLength !== undefined) {
      const length = countRunes(value)
      if (node.minLength !== undefined && length < node.minLength) this.count('minLength', length, node.minLength)
      if (node.maxLength !== undefined && length > node.maxLength) this.count('maxLength', length, node.maxLength)
    }
    if (node.pattern !== undefined && !node.pattern.compiled.test(value)) {
      this.report(`${quoteSingle(value)} does not match pattern ${quoteSingle(node.pattern.source)}`)
    }
  }

  private checkNumber(): void {
    const { node } = this
    const number = decimalOf(this.value)
    if (number === undefined) return
    const limit = (keyword: string, wanted: Decimal | undefined, isBroken: (order: number) => boolean): void => {
      if (wanted !== undefined && isBroken(compareDecimals(number, wanted))) this.compare(keyword, number, wanted)
    }
    limit('minimum', node.minimum, (order) => order < 0)
    limit('maximum', node.maximum, (order) => order > 0)
    limit('exclusiveMinimum', node.exclusiveMinimum, (order) => order <= 0)
    limit('exclusiveMaximum', node.exclusiveMaximum, (order) => order >= 0)
    if (node.multipleOf !== undefined && !isMultiple(number, node.multipleOf)) this.compare('multipleOf', number, node.multipleOf)
  }

  private count(keyword: string, got: number, want: number): void {
    this.report(`${keyword}: got ${englishCount(got)}, want ${englishCount(want)}`)
  }

  private compare(keyword: string, got: Decimal, want: Decimal): void {
    this.report(`${keyword}: got ${englishNumber(toNumber(got))}, want ${englishNumber(toNumber(want))}`)
  }

  private checkReferences(): void {
    const { node } = this
    if (node.recursiveRef !== undefined) {
      let target = node.recursiveRef
      if (target.isRecursiveAnchor) {
        for (let scope: Scope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
          if (scope.node.resource.isRecursiveAnchor) target = scope.node
        }
      }
      this.add(this.followed(target))
    }
    if (node.dynamicRef === undefined) return
    const { anchor } = node.dynamicRef
    let target = node.dynamicRef.node
    if (anchor !== '' && target.dynamicAnchor === anchor) {
      for (let scope: Scope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
        target = scope.node.resource.dynamicAnchors.get(anchor) ?? target
      }
    }
    this.add(this.followed(target))
  }

  private checkLogic(): void {
    const { node } = this
    if (node.not !== undefined && this.sameValue(node.not) === undefined) this.report("'not' failed")
    const all = node.allOf.map((schema) => this.sameValue(schema)).filter((found) => found !== undefined)
    if (all.length > 0) this.report("'allOf' failed", all)
    if (node.anyOf.length > 0) this.checkAny(node.anyOf)
    if (node.oneOf.length > 0) this.checkOne(node.oneOf)
    if (node.condition === undefined) return
    const { if: condition, whenMet, otherwise } = node.condition
    const next = this.sameValue(condition) === undefined ? whenMet : otherwise
    if (next !== undefined) this.add(this.sameValue(next))
  }

  private checkAny(schemas: readonly Node[]): void {
    const faults: Fault[] = []
    let isMatched = false
    for (const schema of schemas) {
      const found = this.sameValue(schema)
      if (found !== undefined) faults.push(found)
      else {
        isMatched = true
        // What is left over has to be looked for by every one of them.
        if (this.rest.isEmpty) break
      }
    }
    if (!isMatched) this.report("'anyOf' failed", faults)
  }

  private checkOne(schemas: readonly Node[]): void {
    const faults: Fault[] = []
    let matched = -1
    for (const [index, schema] of schemas.entries()) {
      const found = this.sameValue(schema)
      if (found !== undefined) faults.push(found)
      else if (matched < 0) matched = index
      else return this.report(`'oneOf' failed, subschemas ${matched}, ${index} matched`)
    }
    if (matched < 0) this.report("'oneOf' failed, none matched", faults)
  }

  private checkUnevaluated(): void {
    const { node, value, rest } = this
    if (isObject(value) && node.unevaluatedProperties !== undefined) {
      for (const key of [...(rest.properties ?? [])].sort()) this.add(this.inner(node.unevaluatedProperties, value.get(key), key))
      rest.properties = undefined
    }
    if (Array.isArray(value) && node.unevaluatedItems !== undefined) {
      for (const index of rest.items ?? []) this.add(this.inner(node.unevaluatedItems, value[index], String(index)))
      rest.items = undefined
    }
  }
}

function enumMessage(allowed: readonly GoValue[]): string {
  if (allowed.some((item) => Array.isArray(item) || isObject(item))) return "'enum' failed"
  return allowed.length === 1 ? `value must be ${display(allowed[0])}` : `value must be one of ${allowed.map(display).join(', ')}`
}

function display(value: GoValue): string {
  if (typeof value === 'string') return quoteSingle(value)
  if (typeof value === 'boolean') return String(value)
  return value === null || value === undefined ? '<nil>' : numberText(value)
}
