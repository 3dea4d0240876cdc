/** A compiled function. It does not change, and serves any number of runs. */
export interface Prototype {
  /** Four numbers for each instruction: what it does, and three operands. */
  code: Int32Array
  /** The line of each instruction. */
  lines: Int32Array
  constants: readonly (string | number)[]
  functions: readonly Prototype[]
  /** Where each upvalue comes from when a closure is made: a variable of the function around, or one of its upvalues. */
  upvalues: readonly { isLocal: boolean; index: number }[]
  parameters: readonly { slot: number; isCaptured: boolean }[]
  isVararg: boolean
  slots: number
}

export const width = 4

/** What instructions do. `push` and `pop` are about the frame's stack; a, b and c are the operands. */
export const op = {
  constant: 0, // push constant a
  nil: 1,
  true: 2,
  false: 3,
  pop: 4, // a values
  getLocal: 5,
  setLocal: 6,
  getCell: 7, // a local that is captured
  setCell: 8,
  declare: 9, // pop into local a, which is new; b: it is captured
  getUpvalue: 10,
  setUpvalue: 11,
  getGlobal: 12,
  setGlobal: 13,
  index: 14, // pop key, object
  field: 15, // pop object, key is constant a
  method: 16, // pop object, push its function under constant a, push object
  setIndex: 17, // pop value, key, object
  table: 18,
  setField: 19, // pop value, key; the table stays
  setItem: 20, // pop value; the table stays; a: index
  setItems: 21, // the table stays; a: index of the first; from multiple
  closure: 22,
  varargs: 23, // push a of them; -1: into multiple
  call: 24, // a arguments, b results (-1: into multiple), c: name
  callMultiple: 25, // the same, and multiple as further arguments
  tailCall: 26, // a arguments, b 1: multiple as well, c: name
  return: 27, // a values
  returnMultiple: 28, // a values and multiple
  jump: 29,
  jumpIfFalse: 30, // pop
  jumpIfTrue: 31, // pop
  jumpIfFalseKeep: 32, // keeps it where it jumps, else pop
  jumpIfTrueKeep: 33,
  add: 34,
  subtract: 35,
  multiply: 36,
  divide: 37,
  modulo: 38,
  power: 39,
  negate: 40,
  not: 41,
  length: 42,
  concatenate: 43, // a values
  equal: 44,
  notEqual: 45,
  less: 46,
  lessOrEqual: 47,
  greater: 48,
  greaterOrEqual: 49,
  prepareFor: 50, // pop step, limit, start into locals a, a + 1, a + 2; jump to b when there is no turn
  repeatFor: 51, // next turn from b, or go on
  iterate: 52, // call local a with a + 1 and a + 2 for b results
  testIteration: 53, // jump to b, without its c values, when the first is nil; else it is the new local a + 2
} as const
