/** A program as it is written. */
export type Node =
  | { kind: 'identity' }
  | { kind: 'group'; inner: Node }
  | { kind: 'recurse' }
  | { kind: 'literal'; value: null | boolean | number | string }
  | { kind: 'text'; parts: Node[]; format: string | undefined }
  | { kind: 'format'; name: string }
  | Step
  | { kind: 'list'; items: Node | undefined }
  | { kind: 'map'; members: { key: Node; value: Node }[] }
  | { kind: 'negate'; operand: Node }
  | { kind: 'plus'; operand: Node }
  | { kind: 'pipe'; left: Node; right: Node }
  | { kind: 'comma'; left: Node; right: Node }
  | { kind: 'alternative'; left: Node; right: Node }
  | { kind: 'and' | 'or'; left: Node; right: Node }
  | { kind: 'operator'; operator: Operator; left: Node; right: Node }
  | { kind: 'assign'; target: Node; value: Node }
  | { kind: 'modify'; target: Node; by: Node }
  | { kind: 'update'; operator: Operator | '//'; target: Node; value: Node }
  | { kind: 'if'; branches: { condition: Node; body: Node }[]; otherwise: Node | undefined }
  | { kind: 'try'; body: Node; handler: Node | undefined }
  | { kind: 'reduce'; source: Node; pattern: Pattern; start: Node; update: Node }
  | { kind: 'foreach'; source: Node; pattern: Pattern; start: Node; update: Node; extract: Node | undefined }
  | { kind: 'bind'; source: Node; patterns: Pattern[]; body: Node }
  | { kind: 'label'; name: string; body: Node }
  | { kind: 'break'; name: string; at: number }
  | { kind: 'define'; name: string; parameters: string[]; body: Node; rest: Node }
  | { kind: 'variable'; name: string; at: number }
  | { kind: 'call'; name: string; args: Node[]; at: number }

/** A step into a value. `isOptional`, the question mark behind it: what cannot be stepped into has nothing there. */
export type Step = (
  | { kind: 'field'; of: Node; name: string }
  | { kind: 'index'; of: Node; index: Node }
  | { kind: 'slice'; of: Node; from: Node | undefined; to: Node | undefined }
  | { kind: 'iterate'; of: Node }
) & { isOptional?: true }

export type Operator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>='

export type Pattern =
  | { kind: 'variable'; name: string }
  | { kind: 'list'; items: Pattern[] }
  | { kind: 'map'; members: { key: Node; variable: string | undefined; value: Pattern | undefined }[] }
