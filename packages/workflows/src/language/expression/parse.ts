import type { Comparison, Expression } from './syntax.ts'
import { ExpressionProblem, tokenize, type Token } from './tokens.ts'

/** GitHub's own limit (actions/runner, ExpressionConstants.MaxDepth). It bounds every recursion over an expression. */
const greatestDepth = 50

/** Throws an ExpressionProblem. Names of contexts and functions are not checked here. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text)
  const depths = new Map<Expression, number>()
  let at = 0
  let level = 0

  const whole = either()
  if (peek().kind !== 'end') throw unexpected(peek())
  return whole

  function either(): Expression {
    return level1(() => terms('or', '||', both))
  }

  function both(): Expression {
    return terms('and', '&&', equality)
  }

  function terms(kind: 'or' | 'and', symbol: string, next: () => Expression): Expression {
    const first = next()
    if (!isSymbol(symbol)) return first
    const all = [first]
    const offset = peek().offset
    while (takes(symbol)) all.push(next())
    return made({ kind, terms: all, offset }, all)
  }

  function equality(): Expression {
    return comparisons(['==', '!='], relation)
  }

  function relation(): Expression {
    return comparisons(['<', '<=', '>', '>='], negation)
  }

  function comparisons(operators: readonly Comparison[], next: () => Expression): Expression {
    let left = next()
    for (;;) {
      const operator = operators.find((one) => isSymbol(one))
      if (!operator) return left
      const { offset } = take()
      const right = next()
      left = made({ kind: 'compare', by: operator, left, right, offset }, [left, right])
    }
  }

  function negation(): Expression {
    if (!isSymbol('!')) return access()
    const { offset } = take()
    const of = level1(negation)
    return made({ kind: 'not', of, offset }, [of])
  }

  function access(): Expression {
    let of = primary()
    if (of.kind === 'literal' && !depths.has(of)) return of
    for (;;) {
      const { offset } = peek()
      if (takes('[')) {
        if (takes('*')) of = made({ kind: 'filter', of, offset }, [of])
        else {
          const by = either()
          of = made({ kind: 'index', of, by, offset }, [of, by])
        }
        expect(']')
      } else if (takes('.')) {
        if (takes('*')) of = made({ kind: 'filter', of, offset }, [of])
        else {
          const name = take()
          if (name.kind !== 'name') throw unexpected(name)
          of = made({ kind: 'index', of, by: { kind: 'literal', value: name.text, offset: name.offset }, offset: name.offset }, [of])
        }
      } else return of
    }
  }

  function primary(): Expression {
    const token = take()
    if (token.kind === 'literal') return { kind: 'literal', value: token.value, offset: token.offset }
    if (token.kind === 'name') {
      if (!takes('(')) return { kind: 'context', name: token.text.toLowerCase(), offset: token.offset }
      const given: Expression[] = []
      while (!isSymbol(')')) {
        given.push(either())
        if (!isSymbol(')')) {
          expect(',')
          if (isSymbol(')')) throw unexpected(peek())
        }
      }
      take()
      return made({ kind: 'call', name: token.text.toLowerCase(), arguments: given, offset: token.offset }, given)
    }
    if (token.kind === 'symbol' && token.text === '(') {
      const inner = either()
      expect(')')
      // A literal in parentheses may be followed by an index, one without may not.
      if (!depths.has(inner)) depths.set(inner, 1)
      return inner
    }
    throw unexpected(token)
  }

  function made<T extends Expression>(node: T, children: readonly Expression[]): T {
    const depth = 1 + Math.max(0, ...children.map((child) => depths.get(child) ?? 1))
    if (depth > greatestDepth) throw tooDeep(node.offset)
    depths.set(node, depth)
    return node
  }

  function level1<T>(read: () => T): T {
    if (++level > greatestDepth) throw tooDeep(peek().offset)
    const result = read()
    level--
    return result
  }

  function peek(): Token {
    return tokens[at] as Token
  }

  function take(): Token {
    const token = peek()
    if (token.kind !== 'end') at++
    return token
  }

  function isSymbol(text: string): boolean {
    return peek().kind === 'symbol' && peek().text === text
  }

  function takes(text: string): boolean {
    const found = isSymbol(text)
    if (found) at++
    return found
  }

  function expect(text: string): void {
    if (!takes(text)) throw unexpected(peek(), text)
  }
}

function tooDeep(offset: number): ExpressionProblem {
  return new ExpressionProblem(`expression is nested more than ${greatestDepth} deep`, offset)
}

function unexpected(token: Token, wanted?: string): ExpressionProblem {
  const found = token.kind === 'end' ? 'the end of the expression' : `'${token.text.slice(0, 60)}'`
  return new ExpressionProblem(`unexpected ${found}${wanted ? ` where '${wanted}' should be` : ''}`, token.offset)
}
