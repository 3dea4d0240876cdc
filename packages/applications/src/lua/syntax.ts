/** A local variable. Whether a function inside holds on to it is known when its function has been read to the end. */
export interface Variable {
  name: string
  slot: number
  owner: FunctionScope
  isCaptured: boolean
}

export interface FunctionScope {
  parent: FunctionScope | undefined
  isVararg: boolean
  slots: number
}

/** `isSingle`: it stands in brackets, which leave one value of several, and nothing to assign to. */
export type Expression = { isSingle?: boolean } & (
  | { kind: 'nil' | 'true' | 'false' | 'varargs'; line: number }
  | { kind: 'constant'; line: number; value: string | number }
  | { kind: 'variable'; line: number; variable: Variable }
  | { kind: 'global'; line: number; name: string }
  | { kind: 'index'; line: number; object: Expression; key: Expression }
  | { kind: 'call'; line: number; callee: Expression; method?: string; args: Expression[] }
  | { kind: 'function'; line: number; body: FunctionBody }
  | { kind: 'table'; line: number; items: Expression[]; fields: { key: Expression; value: Expression }[]; order: ('item' | 'field')[] }
  | { kind: 'and' | 'or'; line: number; left: Expression; right: Expression }
  | { kind: 'binary'; line: number; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'concatenate'; line: number; parts: Expression[] }
  | { kind: 'unary'; line: number; operator: 'negate' | 'not' | 'length'; operand: Expression }
)

export type BinaryOperator =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'modulo'
  | 'power'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessOrEqual'
  | 'greater'
  | 'greaterOrEqual'

export type Target = Extract<Expression, { kind: 'variable' | 'global' | 'index' }>

export type Statement =
  | { kind: 'local'; line: number; variables: Variable[]; values: Expression[] }
  | { kind: 'assign'; line: number; targets: Target[]; values: Expression[] }
  | { kind: 'evaluate'; line: number; call: Extract<Expression, { kind: 'call' }> }
  | { kind: 'do'; line: number; body: Statement[] }
  | { kind: 'while'; line: number; condition: Expression; body: Statement[] }
  | { kind: 'repeat'; line: number; condition: Expression; body: Statement[] }
  | { kind: 'if'; line: number; branches: { condition: Expression; body: Statement[] }[]; otherwise: Statement[] }
  /** Start, limit and step live in the slots from `control` on. */
  | {
      kind: 'for'
      line: number
      control: number
      variable: Variable
      start: Expression
      limit: Expression
      step?: Expression
      body: Statement[]
    }
  /** Function, state and last key live in the slots from `control` on. */
  | { kind: 'forIn'; line: number; control: number; variables: Variable[]; values: Expression[]; body: Statement[] }
  | { kind: 'return'; line: number; values: Expression[] }
  | { kind: 'break'; line: number }
  | { kind: 'goto'; line: number; label: string }
  | { kind: 'label'; line: number; label: string }

export interface FunctionBody {
  scope: FunctionScope
  parameters: Variable[]
  body: Statement[]
  line: number
  lastLine: number
}
