/** An expression as a tree. */
export type Node =
  | { kind: 'value'; value: null | boolean | number | string }
  | { kind: 'name'; name: string }
  /** What a predicate is about: `#`. */
  | { kind: 'item' }
  | { kind: 'list'; items: Node[] }
  | { kind: 'map'; entries: [Node, Node][] }
  | { kind: 'unary'; operator: '!' | '-' | '+'; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'choice'; condition: Node; yes: Node; no: Node }
  | { kind: 'member'; of: Node; key: Node; isOptional: boolean }
  | { kind: 'slice'; of: Node; from: Node | undefined; to: Node | undefined }
  /** Ends what a `?.` in it may cut short. */
  | { kind: 'chain'; of: Node }
  | { kind: 'call'; callee: Node; args: Node[] }
  | { kind: 'builtin'; name: string; args: Node[] }
  | { kind: 'predicate'; body: Node }
  | { kind: 'let'; name: string; value: Node; body: Node }
