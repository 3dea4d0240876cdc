/** Kinds of tokens, as numbers since each is compared many times. */
export const Token = {
  StreamEnd: 0,
  VersionDirective: 1,
  TagDirective: 2,
  DocumentStart: 3,
  DocumentEnd: 4,
  BlockSequenceStart: 5,
  BlockMappingStart: 6,
  BlockEnd: 7,
  FlowSequenceStart: 8,
  FlowSequenceEnd: 9,
  FlowMappingStart: 10,
  FlowMappingEnd: 11,
  BlockEntry: 12,
  FlowEntry: 13,
  Key: 14,
  Value: 15,
  Alias: 16,
  Anchor: 17,
  Tag: 18,
  PlainScalar: 19,
  QuotedScalar: 20,
} as const

/**
 * Tokens in the order of the text, in arrays beside each other so that none costs an object. The arrays are filled again from their beginning once
 * all tokens have been taken, and never made shorter: V8 would give their memory back, and ask for it with the next token.
 */
export class TokenQueue {
  private readonly kinds: number[] = []
  private readonly lines: number[] = []
  private readonly values: string[] = []
  private readonly extras: string[] = []
  private head = 0
  private end = 0
  /** Tokens that were taken off, which is the number of the one at the head. */
  taken = 0

  get length(): number {
    return this.end - this.head
  }

  /** The number that the next token to come will have. */
  get nextNumber(): number {
    return this.taken + this.end - this.head
  }

  get kind(): number {
    return this.kinds[this.head]! // asked only where there is a token
  }

  get line(): number {
    return this.lines[this.head]! // as above
  }

  get value(): string {
    return this.values[this.head]! // as above
  }

  get extra(): string {
    return this.extras[this.head]! // as above
  }

  push(kind: number, line: number, value: string, extra: string): void {
    this.put(this.end, kind, line, value, extra)
    this.end += 1
  }

  /** Puts a token before the one of that number; at the end where that one was taken already. */
  insert(number: number, kind: number, line: number): void {
    const at = number < this.taken ? this.end : this.head + number - this.taken
    // Within the tokens that are there.
    for (let to = this.end; to > at; to -= 1)
      this.put(to, this.kinds[to - 1]!, this.lines[to - 1]!, this.values[to - 1]!, this.extras[to - 1]!)
    this.put(at, kind, line, '', '')
    this.end += 1
  }

  shift(): void {
    this.taken += 1
    this.head += 1
    if (this.head < this.end) return
    this.head = 0
    this.end = 0
  }

  private put(at: number, kind: number, line: number, value: string, extra: string): void {
    this.kinds[at] = kind
    this.lines[at] = line
    this.values[at] = value
    this.extras[at] = extra
  }
}
